import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { KeptRows } from './kept-rows.ts';
import { Checkpointer } from './sqlite-checkpointer.ts';

import { PreparedDatabase, type SqliteOptions } from './sqlite-database.ts';
import { GroupWriter } from './sqlite-group-writer.ts';

/** Kysely on Node's own SQLite. Booleans and JSON are converted by the declared column type, once a statement. */
export class SqliteDialect implements Dialect {
  readonly #driver: SqliteDriver;

  constructor(options: SqliteOptions) {
    this.#driver = new SqliteDriver(options);
  }

  createDriver(): Driver {
    return this.#driver;
  }

  createQueryCompiler() {
    return new SqliteQueryCompiler();
  }

  createAdapter() {
    return new ConcurrentSqliteAdapter(this.#driver);
  }

  createIntrospector(db: Kysely<unknown>) {
    return new SqliteIntrospector(db);
  }
}

/** The stock adapter would make every read wait for the transaction under way. The driver below keeps the order itself. */
export class ConcurrentSqliteAdapter extends SqliteAdapter {
  readonly #driver: SqliteDriver;

  constructor(driver: SqliteDriver) {
    super();
    this.#driver = driver;
  }

  override get supportsMultipleConnections(): boolean {
    return true;
  }

  /** Runs a statement without Kysely's round of promises: in the transaction that is open, or as a read beside it. */
  get isOpen(): boolean {
    return this.#driver.isOpen;
  }

  runNow<Row>(inTransaction: boolean, statement: string, parameters: readonly unknown[]): QueryResult<Row> {
    return this.#driver.runNow<Row>(inTransaction, statement, parameters);
  }

  /** `runNow` for a read whose rows are kept until one of `tables` is written to. */
  readKept<Row>(inTransaction: boolean, tables: readonly string[], sql: string, values: readonly unknown[]): Row[] {
    return this.#driver.readKept<Row>(inTransaction, tables, sql, values);
  }
}

/**
 * Transactions queue for one connection and are committed in groups. A read outside a transaction runs at once: on that
 * same connection while nothing uncommitted is on it (its page cache is warm), else on a second one, which sees committed
 * rows only. Statements are synchronous, so nothing can open a transaction under a running read.
 */
class SqliteDriver implements Driver {
  readonly #options: SqliteOptions;
  readonly #kept = new KeptRows();
  #checkpointer: Checkpointer | undefined;
  #writer: GroupWriter | undefined;
  #reader: PreparedDatabase | undefined;

  constructor(options: SqliteOptions) {
    this.#options = options;
  }

  async init(): Promise<void> {
    const database = new PreparedDatabase(this.#options, this.#kept);
    if (this.#options.path !== ':memory:') this.#checkpointer = new Checkpointer(this.#options.path);
    this.#writer = new GroupWriter(database, this.#kept, this.#checkpointer);
    this.#reader = this.#options.path === ':memory:' ? database : new PreparedDatabase(this.#options);
  }

  runNow<Row>(inTransaction: boolean, statement: string, parameters: readonly unknown[]): QueryResult<Row> {
    if (this.#writer === undefined || this.#reader === undefined) throw new Error('the SQLite driver is not open');
    if (inTransaction) return this.#writer.execute<Row>(statement, parameters);
    return (this.#writer.isClean ? this.#writer.database : this.#reader).execute<Row>(statement, parameters);
  }

  readKept<Row>(inTransaction: boolean, tables: readonly string[], sql: string, values: readonly unknown[]): Row[] {
    return this.#kept.get<Row>(tables, sql, values, () => this.runNow<Row>(inTransaction, sql, values).rows);
  }

  get isOpen(): boolean {
    return this.#writer !== undefined;
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    if (this.#writer === undefined || this.#reader === undefined) throw new Error('the SQLite driver is not open');
    return new SqliteConnection(this.#writer, this.#reader);
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as SqliteConnection).begin();
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as SqliteConnection).commit();
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    (connection as SqliteConnection).rollback();
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    await this.#writer?.settled();
    await this.#checkpointer?.close();
    this.#writer?.database.close();
    if (this.#reader !== this.#writer?.database) this.#reader?.close();
  }
}

class SqliteConnection implements DatabaseConnection {
  readonly #writer: GroupWriter;
  readonly #reader: PreparedDatabase;
  #leave: (() => void) | undefined;

  constructor(writer: GroupWriter, reader: PreparedDatabase) {
    this.#writer = writer;
    this.#reader = reader;
  }

  async begin(): Promise<void> {
    const leave = await this.#writer.enter();
    try {
      this.#writer.join();
      this.#leave = leave;
    } catch (error) {
      leave();
      throw error;
    }
  }

  async commit(): Promise<void> {
    let committed: Promise<void>;
    try {
      committed = this.#writer.commitMember();
    } finally {
      this.#end();
    }
    await committed;
  }

  rollback(): void {
    try {
      this.#writer.rollBackMember();
    } finally {
      this.#end();
    }
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.#leave !== undefined) return this.#writer.execute<Row>(query.sql, query.parameters);
    if (query.query.kind === 'SelectQueryNode') {
      const database = this.#writer.isClean ? this.#writer.database : this.#reader;
      return database.execute<Row>(query.sql, query.parameters);
    }
    const leave = await this.#writer.enter();
    try {
      return this.#writer.executeAlone<Row>(query.sql, query.parameters);
    } finally {
      leave();
    }
  }

  // biome-ignore lint/correctness/useYield: SQLite answers at once; lists are paged, so nothing streams.
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('streaming queries are not used: page by keyset instead');
  }

  #end(): void {
    const leave = this.#leave;
    this.#leave = undefined;
    leave?.();
  }
}
