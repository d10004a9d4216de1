import { migrate, openEngine } from '@guildhall/storage';
import { openTestDatabase } from '@guildhall/testing';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import {
  isOpenClone,
  isOpenRun,
  isOutOfQueue,
  isRestrictedFile,
  isRunForPeople,
  isTaskForPeople,
} from './index-conditions.ts';
import { migrations } from './migrations/index.ts';
import type { Tables } from './tables.ts';

const indexes = [
  ['runs', 'runs_open_of_agent', isOpenRun],
  ['runs', 'runs_of_status', isOpenRun],
  ['runs', 'runs_for_people', isRunForPeople],
  ['tasks', 'tasks_for_people', isTaskForPeople],
  ['tasks', 'tasks_of_state', isOutOfQueue],
  ['clone_transfers', 'clone_transfers_open', isOpenClone],
  ['drive_files', 'drive_files_restricted', isRestrictedFile],
] as const;

it('SQLite takes the index for which a condition was written', async () => {
  const { sqlitePath, drop } = await openTestDatabase('sqlite');
  const engine = await openEngine<Tables>({ databaseUrl: undefined, sqlitePath, sync: 'normal', poolSize: 1 });
  try {
    await migrate(engine, migrations);
    for (const [table, index, condition] of indexes) {
      // SQLite answers with an error where it could not use the index.
      const look = sql`select 1 from ${sql.table(table)} indexed by ${sql.ref(index)} where ${condition}`;
      await expect(look.execute(engine.db), index).resolves.toMatchObject({ rows: [] });
    }
  } finally {
    await engine.close();
    await drop();
  }
});
