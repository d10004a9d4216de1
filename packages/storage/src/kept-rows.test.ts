import { statSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, temporaryFolder } from '@guildhall/testing';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from './engine.ts';
import { openEngine } from './open-engine.ts';
import { prepareQuery } from './prepared-query.ts';
import { runInTransaction } from './transaction.ts';

interface Tables {
  keys: { id: number; holder: string };
  other: { id: number };
}

const selectKept = prepareQuery<Tables, { id: number }>({ keptWhile: ['keys'] })((db, parameter) =>
  db.selectFrom('keys').selectAll().where('id', '=', parameter('id')),
);

let engine: Engine<Tables>;
let path: string;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder.path, 'kept.sqlite');
  engine = await openEngine<Tables>({ sqlitePath: path, sync: 'normal', poolSize: 1 });
  await sql`create table keys (id integer primary key, holder text not null)`.execute(engine.db);
  await sql`create table other (id integer primary key)`.execute(engine.db);
});
afterEach(async () => {
  await engine.close();
  await folder.remove();
});

describe('kept rows', () => {
  it('are always those that a fresh read would give, whatever is written, committed and rolled back in between', async () => {
    const step = fc.record({
      does: fc.constantFrom('insert', 'update', 'delete', 'roll back', 'raw', 'read'),
      id: fc.integer({ min: 1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.boolean(), async (steps, isTogether) => {
        await engine.db.deleteFrom('keys').execute();
        const act = async ({ does, id }: { does: string; id: number }, index: number) => {
          const holder = `holder ${index}`;
          const check = async () => {
            const fresh = await engine.db.selectFrom('keys').selectAll().where('id', '=', id).execute();
            expect(await selectKept(engine.db, { id })).toEqual(fresh);
          };
          // Beside others, what two reads see may rightly differ; inside a transaction it may not.
          if (!isTogether) await check();
          if (does === 'raw') await sql`replace into keys (id, holder) values (${id}, ${holder})`.execute(engine.db);
          else if (does !== 'read') {
            const done = runInTransaction(engine.db, async (db) => {
              if (does === 'insert')
                await db
                  .insertInto('keys')
                  .values({ id, holder })
                  .onConflict((conflict) => conflict.doNothing())
                  .execute();
              else if (does === 'delete') await db.deleteFrom('keys').where('id', '=', id).execute();
              else await db.updateTable('keys').set({ holder }).where('id', '=', id).execute();
              const inside = await db.selectFrom('keys').selectAll().where('id', '=', id).execute();
              expect(await selectKept(db, { id })).toEqual(inside);
              if (does === 'roll back') throw new Error('changed my mind');
            });
            await done.catch(() => {});
          }
          if (!isTogether) await check();
        };
        if (isTogether) await Promise.all(steps.map(act));
        else for (const [index, each] of steps.entries()) await act(each, index);
        for (const id of [1, 2, 3])
          expect(await selectKept(engine.db, { id })).toEqual(
            await engine.db.selectFrom('keys').selectAll().where('id', '=', id).execute(),
          );
      }),
      { numRuns: 100 },
    );
  });

  it('are asked for once while nothing changes, and cannot be changed by who reads them', async () => {
    await engine.db.insertInto('keys').values({ id: 1, holder: 'ann' }).execute();
    const first = await selectKept(engine.db, { id: 1 });
    await engine.db.insertInto('other').values({ id: 1 }).execute();
    expect(await selectKept(engine.db, { id: 1 })).toBe(first);
    expect(() => Object.assign(first[0] ?? {}, { holder: 'eve' })).toThrow(TypeError);
  });

  it('see what a transaction of the same moment wrote only once it is committed', async () => {
    await engine.db.insertInto('keys').values({ id: 1, holder: 'ann' }).execute();
    await selectKept(engine.db, { id: 1 });
    await runInTransaction(engine.db, async (db) => {
      await db.updateTable('keys').set({ holder: 'bob' }).where('id', '=', 1).execute();
      expect(await selectKept(engine.db, { id: 1 })).toEqual([{ id: 1, holder: 'ann' }]);
      expect(await selectKept(db, { id: 1 })).toEqual([{ id: 1, holder: 'bob' }]);
    });
    expect(await selectKept(engine.db, { id: 1 })).toEqual([{ id: 1, holder: 'bob' }]);
  });
});

describe('the write-ahead log', () => {
  it('is emptied beside the requests once it is large', async () => {
    const holder = 'x'.repeat(200_000);
    for (let id = 1; id <= 100; id++)
      await runInTransaction(engine.db, (db) => db.insertInto('keys').values({ id, holder }).execute());
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(8 * 1024 * 1024);
    await eventually('the log in the file', () => (statSync(path).size > 12 * 1024 * 1024 ? true : undefined));
  });
});
