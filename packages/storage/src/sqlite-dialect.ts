import { DatabaseSync, type StatementSync } from 'node:sqlite';
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

export interface SqliteOptions {
  path: string;
  sync: 'full' | 'normal';
}

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
}

/**
 * Transactions queue for one connection. A read outside a transaction runs at once: on that same connection while no
 * transaction is open (its page cache is warm), else on a second one, which does not see uncommitted rows. Statements are
 * synchronous, so nothing can open a transaction under a running read.
 */
class SqliteDriver implements Driver {
  readonly #options: SqliteOptions;
  #writer: PreparedDatabase | undefined;
  #reader: PreparedDatabase | undefined;
  #writerQueue: Promise<void> = Promise.resolve();

  constructor(options: SqliteOptions) {
    this.#options = options;
  }

  async init(): Promise<void> {
    this.#writer = new PreparedDatabase(this.#options);
    this.#reader = this.#options.path === ':memory:' ? this.#writer : new PreparedDatabase(this.#options);
  }

  runNow<Row>(inTransaction: boolean, statement: string, parameters: readonly unknown[]): QueryResult<Row> {
    if (this.#writer === undefined || this.#reader === undefined) throw new Error('the SQLite driver is not open');
    const database = inTransaction || !this.#writer.inTransaction ? this.#writer : this.#reader;
    return database.execute<Row>(statement, parameters);
  }

  get isOpen(): boolean {
    return this.#writer !== undefined;
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    if (this.#writer === undefined || this.#reader === undefined) throw new Error('the SQLite driver is not open');
    return new SqliteConnection(this.#writer, this.#reader, () => this.#lockWriter());
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as SqliteConnection).begin();
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    (connection as SqliteConnection).end('COMMIT');
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    (connection as SqliteConnection).end('ROLLBACK');
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    await this.#writerQueue;
    this.#writer?.close();
    if (this.#reader !== this.#writer) this.#reader?.close();
  }

  /** Waits for the writer and returns the function that hands it on. */
  async #lockWriter(): Promise<() => void> {
    const before = this.#writerQueue;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#writerQueue = promise;
    await before;
    return resolve;
  }
}

class SqliteConnection implements DatabaseConnection {
  readonly #writer: PreparedDatabase;
  readonly #reader: PreparedDatabase;
  readonly #lockWriter: () => Promise<() => void>;
  #releaseWriter: (() => void) | undefined;

  constructor(writer: PreparedDatabase, reader: PreparedDatabase, lockWriter: () => Promise<() => void>) {
    this.#writer = writer;
    this.#reader = reader;
    this.#lockWriter = lockWriter;
  }

  async begin(): Promise<void> {
    this.#releaseWriter = await this.#lockWriter();
    try {
      this.#writer.run('BEGIN IMMEDIATE');
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  end(statement: 'COMMIT' | 'ROLLBACK'): void {
    try {
      // SQLite rolls back by itself on some errors (a full disk among them); a second ROLLBACK would hide the cause.
      if (this.#writer.inTransaction) this.#writer.run(statement);
      else if (statement === 'COMMIT') throw new Error('the transaction was rolled back by SQLite');
    } catch (error) {
      if (this.#writer.inTransaction) this.#writer.run('ROLLBACK');
      throw error;
    } finally {
      this.#release();
    }
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.#releaseWriter !== undefined) return this.#writer.execute<Row>(query.sql, query.parameters);
    if (query.query.kind === 'SelectQueryNode') {
      const database = this.#writer.inTransaction ? this.#reader : this.#writer;
      return database.execute<Row>(query.sql, query.parameters);
    }
    const release = await this.#lockWriter();
    try {
      return this.#writer.execute<Row>(query.sql, query.parameters);
    } finally {
      release();
    }
  }

  // biome-ignore lint/correctness/useYield: SQLite answers at once; lists are paged, so nothing streams.
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('streaming queries are not used: page by keyset instead');
  }

  #release(): void {
    const release = this.#releaseWriter;
    this.#releaseWriter = undefined;
    release?.();
  }
}

type Cell = string | number | bigint | Uint8Array | null;
type Prepared = { statement: StatementSync; toRow: ((cells: Cell[]) => Record<string, unknown>) | undefined };

/** A database file with its statement cache. */
class PreparedDatabase {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, Prepared>();

  constructor(options: SqliteOptions) {
    this.#database = new DatabaseSync(options.path, { timeout: 5_000 });
    // SQLite's own lower() knows ASCII only; a search for "ärger" is to find "Ärger" on both engines.
    this.#database.function('lower', { deterministic: true }, (text) =>
      text === null ? null : String(text).toLowerCase(),
    );
    this.#database.exec(`PRAGMA page_size = 2048; PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;
      PRAGMA synchronous = ${options.sync === 'full' ? 'FULL' : 'NORMAL'}; PRAGMA cache_size = -16000;
      PRAGMA wal_autocheckpoint = 8000; PRAGMA journal_size_limit = 67108864;`);
  }

  get inTransaction(): boolean {
    return this.#database.isTransaction;
  }

  run(sql: string): void {
    this.#prepare(sql).statement.run();
  }

  execute<Row>(sql: string, parameters: readonly unknown[]): QueryResult<Row> {
    const { statement, toRow } = this.#prepare(sql);
    const values = parameters.map(toSqlite);
    if (toRow === undefined) {
      const { changes } = statement.run(...values);
      return { rows: [], numAffectedRows: BigInt(changes) };
    }
    const cells = statement.all(...values) as unknown as Cell[][];
    return { rows: cells.map(toRow) as Row[], numAffectedRows: BigInt(cells.length) };
  }

  close(): void {
    this.#prepared.clear();
    this.#database.close();
  }

  #prepare(sql: string): Prepared {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    const columns = statement.columns();
    // Cells as arrays: making the objects here is several times faster than letting the binding name every cell.
    if (columns.length > 0) statement.setReturnArrays(true);
    const prepared = { statement, toRow: columns.length === 0 ? undefined : rowMaker(columns) };
    if (this.#prepared.size >= 400) this.#prepared.delete(this.#prepared.keys().next().value ?? '');
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}

function toSqlite(value: unknown): string | number | bigint | Uint8Array | null {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
      return value;
    case 'boolean':
      return value ? 1 : 0;
    case 'undefined':
      return null;
    default:
      if (value === null) return null;
      return value instanceof Uint8Array ? value : JSON.stringify(value);
  }
}

/**
 * Cells → row, as code made once for a statement: an object literal with the column names in it is several times faster
 * than assigning the same names one by one. Booleans and JSON are converted by the declared type of their columns.
 */
function rowMaker(columns: { name: string; type: string | null }[]): (cells: Cell[]) => Record<string, unknown> {
  const fields = columns.map(({ name, type }, index) => {
    const cell = `cells[${index}]`;
    const value =
      type === 'BOOLEAN' ? `${cell} === null ? null : ${cell} === 1` : type === 'JSON' ? `json(${cell})` : cell;
    return `${JSON.stringify(name)}: ${value}`;
  });
  return new Function('json', `return (cells) => ({ ${fields.join(', ')} })`)(parseJson);
}

function parseJson(cell: Cell): unknown {
  if (cell === null) return null;
  return cell === '{}' ? {} : JSON.parse(String(cell));
}
