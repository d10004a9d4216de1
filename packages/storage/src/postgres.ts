import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  sql,
} from 'kysely';
import pg from 'pg';
import type { Engine } from './engine.ts';

const CHANNEL = 'guildhall';

/** bigint columns hold times and counters, all below 2^53. */
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    const numeric = oid === pg.types.builtins.INT8 || oid === pg.types.builtins.NUMERIC;
    return numeric ? Number : pg.types.getTypeParser(oid, format as 'text');
  },
} as pg.CustomTypesConfig;

export async function openPostgres<Tables>(databaseUrl: string, poolSize: number): Promise<Engine<Tables>> {
  const connection = { connectionString: databaseUrl, types, application_name: 'guildhall' };
  const pool = new pg.Pool({
    ...connection,
    max: poolSize,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 60_000,
  });
  // An idle connection that the server closes is not an error of ours: the pool opens another one.
  pool.on('error', () => {});
  // Nor is one in use: its query fails, and that is answered. Without a listener the process would end.
  pool.on('connect', (client) => client.on('error', () => {}));
  try {
    await pool.query('select 1');
  } catch (cause) {
    await pool.end();
    throw new Error('PostgreSQL does not answer at DATABASE_URL. Check the address, the user and the database.', {
      cause,
    });
  }
  const db = new Kysely<Tables>({ dialect: new PostgresDialect(pool) });
  const listener = new Listener(connection);
  return {
    kind: 'postgres',
    db,
    notify: async (transaction, payload) => {
      await sql`select pg_notify(${CHANNEL}, ${payload})`.execute(transaction);
    },
    listen: (onPayload) => listener.start(onPayload),
    answers: async () => {
      try {
        await pool.query('select 1');
        return true;
      } catch {
        return false;
      }
    },
    withLock: (name, work) => withAdvisoryLock(pool, name, work),
    close: async () => {
      await listener.stop();
      await db.destroy();
    },
  };
}

async function withAdvisoryLock<T>(pool: pg.Pool, name: string, work: () => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [name]);
    return await work();
  } finally {
    await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [name]);
    client.release();
  }
}

/** One connection that only listens. It reconnects by itself, and wakes the reader once after each gap. */
class Listener {
  readonly #connection: pg.ClientConfig;
  #client: pg.Client | undefined;
  #stopped = false;

  constructor(connection: pg.ClientConfig) {
    this.#connection = connection;
  }

  async start(onPayload: (payload: string) => void): Promise<void> {
    const client = new pg.Client({ ...this.#connection, keepAlive: true });
    this.#client = client;
    const reconnect = () => {
      if (this.#stopped || this.#client !== client) return;
      this.#client = undefined;
      setTimeout(() => {
        if (this.#stopped) return;
        this.start(onPayload).then(() => onPayload(''), reconnect);
      }, 250).unref();
    };
    client.on('error', reconnect);
    client.on('end', reconnect);
    client.on('notification', (message) => onPayload(message.payload ?? ''));
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
    } catch (error) {
      // `start` may be retried by a fresh caller: only the client that is still current may schedule that.
      this.#client = undefined;
      await client.end().catch((cause: unknown) => cause);
      if (this.#stopped) return;
      setTimeout(() => this.start(onPayload).then(() => onPayload(''), reconnect), 250).unref();
      if (!isConnectionError(error)) throw error;
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#client?.end().catch((cause: unknown) => cause);
  }
}

function isConnectionError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('E') || code.startsWith('57') || code.startsWith('08');
}

class PostgresDialect implements Dialect {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  createDriver(): Driver {
    return new PostgresDriver(this.#pool);
  }

  createQueryCompiler() {
    return new PostgresQueryCompiler();
  }

  createAdapter() {
    return new PostgresAdapter();
  }

  createIntrospector(db: Kysely<unknown>) {
    return new PostgresIntrospector(db);
  }
}

class PostgresDriver implements Driver {
  readonly #pool: pg.Pool;
  /** SQL text → name of its prepared statement. Bounded, since lists of values make endless texts. */
  readonly #statementNames = new Map<string, string>();

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return new PostgresConnection(await this.#pool.connect(), this.#statementNames);
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as PostgresConnection).command('BEGIN');
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as PostgresConnection).command('COMMIT');
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as PostgresConnection).rollback();
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    (connection as PostgresConnection).release();
  }

  async destroy(): Promise<void> {
    await this.#pool.end();
  }
}

class PostgresConnection implements DatabaseConnection {
  readonly #client: pg.PoolClient;
  readonly #statementNames: Map<string, string>;
  #broken: Error | undefined;

  constructor(client: pg.PoolClient, statementNames: Map<string, string>) {
    this.#client = client;
    this.#statementNames = statementNames;
    client.on('error', this.#markBroken);
  }

  async command(text: string): Promise<void> {
    await this.#client.query(text);
  }

  /** Never hides why: on a connection that is gone there is nothing to roll back. */
  async rollback(): Promise<void> {
    try {
      await this.command('ROLLBACK');
    } catch (error) {
      this.#markBroken(error instanceof Error ? error : new Error(String(error)));
    }
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const name = this.#nameOf(query.sql);
    const result = await this.#client.query({
      text: query.sql,
      values: query.parameters.map(toPostgres),
      ...(name === undefined ? {} : { name }),
    });
    return { rows: result.rows as Row[], numAffectedRows: BigInt(result.rowCount ?? 0) };
  }

  // biome-ignore lint/correctness/useYield: lists are paged, so nothing streams.
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('streaming queries are not used: page by keyset instead');
  }

  release(): void {
    this.#client.off('error', this.#markBroken);
    this.#client.release(this.#broken);
  }

  #markBroken = (error: Error): void => {
    this.#broken = error;
  };

  #nameOf(text: string): string | undefined {
    const known = this.#statementNames.get(text);
    if (known !== undefined) return known;
    if (this.#statementNames.size >= 400) return undefined;
    const name = `g${this.#statementNames.size}`;
    this.#statementNames.set(text, name);
    return name;
  }
}

/** The driver would turn arrays into PostgreSQL arrays; every array of ours is JSON. */
function toPostgres(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  return value instanceof Uint8Array ? value : JSON.stringify(value);
}
