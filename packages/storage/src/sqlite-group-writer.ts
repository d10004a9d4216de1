import type { QueryResult } from 'kysely';
import type { KeptRows } from './kept-rows.ts';
import type { Checkpointer } from './sqlite-checkpointer.ts';
import type { PreparedDatabase } from './sqlite-database.ts';

const ROLLED_BACK = 'the transaction was rolled back by SQLite';

interface Group {
  /** Transactions that ended well and wait for the commit. */
  members: number;
  committed: PromiseWithResolvers<void>;
}

/**
 * The one connection that writes. Transactions run one after the other, each in a savepoint of its own; those that end
 * before the event loop comes round are committed together, and each is told only then. A commit costs its pages and its
 * sync: requests that arrive together share both, and one that comes alone waits for nobody.
 */
export class GroupWriter {
  readonly database: PreparedDatabase;
  readonly #kept: KeptRows;
  readonly #checkpointer: Checkpointer | undefined;
  #queue: Promise<void> = Promise.resolve();
  #group: Group | undefined;

  constructor(database: PreparedDatabase, kept: KeptRows, checkpointer?: Checkpointer) {
    this.database = database;
    this.#kept = kept;
    this.#checkpointer = checkpointer;
  }

  /** Whether all that this connection sees is committed. */
  get isClean(): boolean {
    return this.#group === undefined;
  }

  /** Waits for the turn to write and returns the function that hands it on. */
  async enter(): Promise<() => void> {
    const before = this.#queue;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#queue = promise;
    await before;
    return resolve;
  }

  /** Begins a member of the group, and the group when there is none. */
  join(): void {
    if (this.#group === undefined) {
      this.database.run('BEGIN IMMEDIATE');
      this.#open();
    }
    this.database.run('SAVEPOINT member');
  }

  /** A statement of the member that runs. */
  execute<Row>(statement: string, parameters: readonly unknown[]): QueryResult<Row> {
    if (this.#group === undefined) throw new Error(ROLLED_BACK);
    try {
      return this.database.execute<Row>(statement, parameters);
    } catch (error) {
      // SQLite rolls back by itself on some errors, a full disk among them: then the members before are lost as well.
      if (!this.database.inTransaction) this.#fail(error);
      throw error;
    }
  }

  /** A statement on its own, since some (VACUUM, PRAGMA) are not for a transaction. The caller has the turn to write. */
  executeAlone<Row>(statement: string, parameters: readonly unknown[]): QueryResult<Row> {
    this.commitGroup();
    try {
      return this.database.execute<Row>(statement, parameters);
    } finally {
      this.#kept.settle();
    }
  }

  /** Ends the member that runs. The promise is kept when it is on disk, and broken when the group could not be committed. */
  commitMember(): Promise<void> {
    const group = this.#group;
    if (group === undefined) throw new Error(ROLLED_BACK);
    this.database.run('RELEASE member');
    group.members += 1;
    return group.committed.promise;
  }

  rollBackMember(): void {
    if (this.#group === undefined) return;
    this.database.run('ROLLBACK TO member');
    this.database.run('RELEASE member');
  }

  /** Commits what is open. The caller has the turn to write. */
  commitGroup(): void {
    const group = this.#group;
    if (group === undefined) return;
    try {
      this.database.run(group.members > 0 ? 'COMMIT' : 'ROLLBACK');
      this.#group = undefined;
      this.#kept.settle();
      group.committed.resolve();
      this.#checkpointer?.note();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Once nothing waits to be written. */
  async settled(): Promise<void> {
    const leave = await this.enter();
    this.commitGroup();
    leave();
  }

  #open(): void {
    const committed = Promise.withResolvers<void>();
    // A group whose only member was rolled back has nobody to tell.
    committed.promise.catch(() => {});
    this.#group = { members: 0, committed };
    setImmediate(() => void this.settled());
  }

  #fail(error: unknown): void {
    const group = this.#group;
    this.#group = undefined;
    if (this.database.inTransaction) this.database.run('ROLLBACK');
    this.#kept.settle();
    group?.committed.reject(error);
  }
}
