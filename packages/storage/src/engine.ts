import { Kysely, sql } from 'kysely';
import { openPostgres } from './postgres.ts';
import { SqliteDialect } from './sqlite-dialect.ts';

export type EngineKind = 'sqlite' | 'postgres';

export interface OpenEngineOptions {
  /** `postgres://…`; absent means SQLite at `sqlitePath`. */
  databaseUrl?: string | undefined;
  sqlitePath: string;
  /** `full` survives power loss, `normal` survives `kill -9`. SQLite only; PostgreSQL decides for itself. */
  sync: 'full' | 'normal';
  poolSize: number;
}

/** What differs between the two databases, behind small named functions. Everything else is one Kysely. */
export interface Engine<Tables> {
  readonly kind: EngineKind;
  readonly db: Kysely<Tables>;
  /** Sends a wake-up to every other process on this database once the transaction commits. No-op on SQLite. */
  notify(db: Kysely<Tables>, payload: string): Promise<void>;
  /** Calls back for every wake-up of another process (and of this one). Never called on SQLite. */
  listen(onPayload: (payload: string) => void): Promise<void>;
  /** Whether the database answers now. */
  answers(): Promise<boolean>;
  /** Runs `work` while no other process runs work under the same name. */
  withLock<T>(name: string, work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Opens the database. Throws an `Error` that says what to configure when it cannot be reached. */
export async function openEngine<Tables>(options: OpenEngineOptions): Promise<Engine<Tables>> {
  return options.databaseUrl === undefined
    ? openSqlite(options)
    : openPostgres<Tables>(options.databaseUrl, options.poolSize);
}

async function openSqlite<Tables>(options: OpenEngineOptions): Promise<Engine<Tables>> {
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ path: options.sqlitePath, sync: options.sync }) });
  return {
    kind: 'sqlite',
    db,
    notify: async () => {},
    listen: async () => {},
    answers: () => answers(db),
    // One process owns the data folder (see data-folder-lock.ts), so a lock between processes has nobody to wait for.
    withLock: async (_name, work) => work(),
    close: () => db.destroy(),
  };
}

async function answers<Tables>(db: Kysely<Tables>): Promise<boolean> {
  try {
    await sql`select 1`.execute(db);
    return true;
  } catch {
    return false;
  }
}
