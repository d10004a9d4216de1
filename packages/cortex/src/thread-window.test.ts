import { openEngine } from '@guildhall/storage';
import { openTestDatabase } from '@guildhall/testing';
import { CompiledQuery } from 'kysely';
import { expect, it } from 'vitest';
import type { MemoryTables } from './memory-tables.ts';
import { cortexMigration, memoryMigration } from './migrations.ts';
import { placesIn } from './thread-window.ts';

it('the turns of threads are read by the index of threads, not by going through the store', async () => {
  const database = await openTestDatabase();
  const { databaseUrl, sqlitePath } = database;
  const engine = await openEngine<MemoryTables>({ databaseUrl, sqlitePath, sync: 'normal', poolSize: 1 });
  try {
    for (const { statements } of [memoryMigration])
      for (const statement of statements(engine.kind)) await engine.db.executeQuery(CompiledQuery.raw(statement));
    await engine.db.executeQuery(
      CompiledQuery.raw("alter table memory_chunks add column written_by text not null default ''"),
    );
    for (const statement of cortexMigration.statements(engine.kind))
      await engine.db.executeQuery(CompiledQuery.raw(statement));
    const { sql, parameters } = placesIn(engine.db, 1, ['a', 'b']).compile();
    const explain = engine.kind === 'sqlite' ? 'explain query plan' : 'explain';
    if (engine.kind === 'postgres') await engine.db.executeQuery(CompiledQuery.raw('set enable_seqscan = off'));
    const { rows } = await engine.db.executeQuery(CompiledQuery.raw(`${explain} ${sql}`, [...parameters]));
    expect(JSON.stringify(rows)).toContain('memory_chunks_of_thread');
  } finally {
    await engine.close();
    await database.drop();
  }
});
