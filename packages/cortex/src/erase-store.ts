import type { Db } from './store.ts';
import { vectorIndexOf } from './vectors.ts';

/** Of postings, the largest of the blocks that tables are kept in. */
const POSITIONS_A_STEP = 4_096;
const ROWS_A_STEP = 2_000;

/**
 * Takes away a part of what a store holds, with everything that finds it; an office's memory is gone when it returns false. Bounded, so
 * that nobody else waits long; the caller's transaction makes a part whole.
 */
export async function eraseStorePart(db: Db, officeId: string): Promise<boolean> {
  const store = await db
    .selectFrom('memory_stores')
    .select('number')
    .where('office_id', '=', officeId)
    .executeTakeFirst();
  if (store === undefined) return false;
  const { number } = store;
  return (await erasePieces(db, number)) || (await eraseSources(db, number)) || (await eraseRest(db, number, officeId));
}

async function erasePieces(db: Db, store: number): Promise<boolean> {
  const first = await db
    .selectFrom('memory_chunks')
    .select('position')
    .where('store', '=', store)
    .orderBy('position')
    .limit(1)
    .executeTakeFirst();
  if (first === undefined) return false;
  const end = Number(first.position) + POSITIONS_A_STEP;
  for (const table of ['memory_mentions', 'memory_chunks'] as const)
    await db.deleteFrom(table).where('store', '=', store).where('position', '<', end).execute();
  return true;
}

async function eraseSources(db: Db, store: number): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('memory_sources')
    .where('number', 'in', (sources) =>
      sources.selectFrom('memory_sources').select('number').where('store', '=', store).limit(ROWS_A_STEP),
    )
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** What is left are indexes: a few rows for each word, name and feed. */
async function eraseRest(db: Db, store: number, officeId: string): Promise<boolean> {
  await (await vectorIndexOf(db)).drop(db, store, '');
  for (const table of [
    'memory_postings',
    'memory_mentions',
    'memory_edges',
    'memory_merges',
    'memory_entities',
    'memory_tombstones',
    'memory_feeds',
  ] as const)
    await db.deleteFrom(table).where('store', '=', store).execute();
  await db.deleteFrom('memory_stores').where('office_id', '=', officeId).execute();
  return true;
}
