import { openTestDatabase } from '@guildhall/testing';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { type Engine, migrate, openEngine } from './index.ts';

it('two processes that start at once on PostgreSQL apply each migration once', async () => {
  const database = await openTestDatabase('postgres');
  const engines: Engine<unknown>[] = await Promise.all(
    Array.from({ length: 4 }, () =>
      openEngine<unknown>({ databaseUrl: database.databaseUrl, sqlitePath: '', sync: 'normal', poolSize: 2 }),
    ),
  );
  const steps = ['0001_a', '0002_b', '0003_c'].map((name) => ({
    name,
    statements: () => [`create table t${name} (x integer)`, 'select pg_sleep(0.05)'],
  }));
  const applied = await Promise.all(engines.map((engine) => migrate(engine, steps)));
  expect(applied.flat().sort()).toEqual(['0001_a', '0002_b', '0003_c']);
  const [first] = engines;
  if (first !== undefined)
    expect((await sql`select name from schema_migrations order by name`.execute(first.db)).rows).toHaveLength(3);
  for (const engine of engines) await engine.close();
  await database.drop();
});

it('a transaction that lost a race for serialisation is run again', async () => {
  const { runInTransaction } = await import('./transaction.ts');
  const database = await openTestDatabase('postgres');
  const engine = await openEngine<{ counters: { id: number; value: number } }>({
    databaseUrl: database.databaseUrl,
    sqlitePath: '',
    sync: 'normal',
    poolSize: 8,
  });
  await sql`create table counters (id integer primary key, value integer)`.execute(engine.db);
  await sql`insert into counters values (1, 0)`.execute(engine.db);
  const increment = () =>
    runInTransaction(engine.db, async (transaction) => {
      await sql`set transaction isolation level serializable`.execute(transaction);
      const { value } = await transaction
        .selectFrom('counters')
        .select('value')
        .where('id', '=', 1)
        .executeTakeFirstOrThrow();
      await transaction
        .updateTable('counters')
        .set({ value: value + 1 })
        .where('id', '=', 1)
        .execute();
    });
  const results = await Promise.allSettled(Array.from({ length: 3 }, increment));
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
  expect((await engine.db.selectFrom('counters').select('value').executeTakeFirst())?.value).toBe(3);
  await engine.close();
  await database.drop();
});
