import { migrate, openEngine } from '@guildhall/storage';
import { openTestDatabase } from '@guildhall/testing';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { indexPending, type MemoryTables, searchMemory } from './index.ts';
import { cortexMigration, enrichmentMigration, memoryMigration } from './migrations.ts';

it('what an older release remembered is found after the upgrade, by whom it was found before', async () => {
  const database = await openTestDatabase();
  const { databaseUrl, sqlitePath } = database;
  const engine = await openEngine<MemoryTables>({ databaseUrl, sqlitePath, sync: 'normal', poolSize: 2 });
  const { db, kind } = engine;
  const writtenBy = {
    name: '0003_written_by',
    statements: () => ["alter table memory_chunks add column written_by text not null default ''"],
  };
  await migrate(engine, [memoryMigration, writtenBy]);
  const old = [
    ['o1', 'memory', 'm1', 0, '', 'The harbour opens at six.', 'Ann', '', '', 1_000],
    ['o1', 'memory', 'm2', 0, '', 'The harbour code is 4711.', 'aria', 'a1', 'a1', 2_000],
    ['o1', 'drive', 'f1', 0, 'plan.md', 'First part.', 'ann', '', '', 3_000],
    ['o1', 'drive', 'f1', 1, 'plan.md', 'The harbour is the second part.', 'ann', '', '', 3_000],
    ['o2', 'memory', 'm1', 0, '', 'Another harbour.', 'Bo', '', '', 4_000],
  ];
  for (const row of old)
    await sql`insert into memory_chunks
      (office_id, source_kind, source_id, ordinal, title, body, speaker, private_to, written_by, at)
      values (${sql.join(row)})`.execute(db);
  await migrate(engine, [memoryMigration, writtenBy, cortexMigration, enrichmentMigration]);
  const ask = async (officeId: string, audiences: 'all' | string[]) =>
    (await searchMemory(db, { officeId, query: 'harbour', limit: 9, audiences, now: 0 })).hits;
  expect(await ask('o1', 'all')).toEqual([]);
  expect(await db.transaction().execute((tx) => indexPending(tx, kind, 10, 5_000))).toBe(4);
  expect(await db.transaction().execute((tx) => indexPending(tx, kind, 10, 5_000))).toBe(0);
  const found = (await ask('o1', 'all')).map(({ universalId, author, trust, at }) => [universalId, author, trust, at]);
  expect(found.sort()).toEqual([
    ['agent:m1', 'Ann', 'user', 1_000],
    ['agent:m2', 'aria', 'agent', 2_000],
    ['drive_files:f1', 'ann', 'user', 3_000],
  ]);
  expect((await ask('o1', [])).map(({ externalId }) => externalId).sort()).toEqual(['f1', 'm1']);
  expect((await ask('o1', ['agent:a1'])).length).toBe(3);
  expect((await ask('o2', 'all')).map(({ text }) => text)).toEqual(['Another harbour.']);
  await engine.close();
  await database.drop();
});
