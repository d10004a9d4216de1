import type { EngineKind } from '@guildhall/storage';
import type { Kysely, Selectable } from 'kysely';
import type { MemoryTables, StoreRow } from './memory-tables.ts';

export type Db = Kysely<MemoryTables>;
export type Store = Selectable<StoreRow>;

/** The store of an office; undefined when nothing was ever kept. */
export async function findStore(db: Db, officeId: string): Promise<Store | undefined> {
  return db.selectFrom('memory_stores').selectAll().where('office_id', '=', officeId).executeTakeFirst();
}

/** The store of an office, opened when there is none, locked to the end of the transaction: its positions are given in order. */
export async function lockStore(db: Db, kind: EngineKind, officeId: string): Promise<Store> {
  await db
    .insertInto('memory_stores')
    .values({ office_id: officeId })
    .onConflict((conflict) => conflict.column('office_id').doNothing())
    .execute();
  const query = db.selectFrom('memory_stores').selectAll().where('office_id', '=', officeId);
  return (kind === 'postgres' ? query.forUpdate() : query).executeTakeFirstOrThrow();
}

/** How many sources of a store wait for their index: none, save after an upgrade. */
export async function countPending(db: Db, store: number): Promise<number> {
  const { count } = await db
    .selectFrom('memory_sources')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('pending_text', 'is not', null)
    .where('store', '=', store)
    .executeTakeFirstOrThrow();
  return Number(count);
}
