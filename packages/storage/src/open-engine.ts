import { Kysely, sql } from 'kysely';
import type { Engine } from './engine.ts';
import { SqliteDialect } from './sqlite-dialect.ts';

export interface OpenEngineOptions {
  /** `postgres://…`; absent means SQLite at `sqlitePath`. */
  databaseUrl?: string | undefined;
  sqlitePath: string;
  /** `full` survives power loss, `normal` survives `kill -9`. SQLite only; PostgreSQL decides for itself. */
  sync: 'full' | 'normal';
  poolSize: number;
}

/** Opens the database. Throws an `Error` that says what to configure when it cannot be reached. */
export async function openEngine<Tables>(options: OpenEngineOptions): Promise<Engine<Tables>> {
  if (options.databaseUrl === undefined) return openSqlite(options);
  // Loaded only by who has one: the driver is a part of the start that a house on SQLite need not wait for.
  const { openPostgres } = await import('./postgres.ts');
  return openPostgres<Tables>(options.databaseUrl, options.poolSize);
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
