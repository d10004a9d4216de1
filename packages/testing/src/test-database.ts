import { join } from 'node:path';
import type { EngineKind } from '@guildhall/storage';
import { findPostgres } from './surroundings.ts';
import { temporaryDatabase } from './temporary-database.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Which engine this run of the suite is on: the suite runs once for each. */
export function testEngineKind(): EngineKind {
  return process.env.GUILDHALL_TEST_ENGINE === 'sqlite' || process.env.GUILDHALL_TEST_ENGINE === undefined
    ? 'sqlite'
    : 'postgres';
}

export interface TestDatabase {
  kind: EngineKind;
  /** Undefined on SQLite. */
  databaseUrl: string | undefined;
  folder: string;
  sqlitePath: string;
  drop(): Promise<void>;
}

/**
 * A database of its own, empty, on the engine of this run. `locale` is that of a PostgreSQL database by ICU, as `en-u-ka-shifted`,
 * which passes over punctuation as the order of many installations does.
 */
export async function openTestDatabase(
  kind: EngineKind = testEngineKind(),
  { locale }: { locale?: string } = {},
): Promise<TestDatabase> {
  const folder = await temporaryFolder();
  const place = { kind, folder: folder.path, sqlitePath: join(folder.path, 'guildhall.sqlite') };
  if (kind === 'sqlite') return { ...place, databaseUrl: undefined, drop: folder.remove };
  if (process.env.GUILDHALL_TEST_ENGINE === 'pgvector') {
    const { openOwnPgvector } = await import('./own-pgvector.ts');
    const { databaseUrl, stop } = await openOwnPgvector();
    return {
      ...place,
      databaseUrl,
      drop: async () => {
        await stop();
        await folder.remove();
      },
    };
  }
  const adminUrl = await findPostgres();
  if (adminUrl === undefined) throw new Error('there is no PostgreSQL here: set TEST_DATABASE_URL');
  const order = locale === undefined ? '' : `template template0 locale_provider icu icu_locale '${locale}'`;
  const database = await temporaryDatabase(adminUrl, 'test', order);
  return {
    ...place,
    databaseUrl: database.url,
    drop: async () => {
      await database.drop();
      await folder.remove();
    },
  };
}
