import type { EntityKind } from './entities.ts';
import type { Db } from './store.ts';

/** Two spellings of one: what is known of the first is found under the second. */
export async function mergeAlias(
  db: Db,
  store: number,
  { from, into }: { from: { name: string; key: string; reason: string; kind: EntityKind }; into: number },
): Promise<void> {
  if (from.key === '') return;
  const known = await db
    .selectFrom('memory_entities')
    .select(['number', 'merged_into'])
    .where('store', '=', store)
    .where('key', '=', from.key)
    .executeTakeFirst();
  const alias =
    known ??
    (await db
      .insertInto('memory_entities')
      .values({ store, kind: from.kind, key: from.key, name: from.name, mention_count: 0, merged_into: null })
      .returning(['number', 'merged_into'])
      .executeTakeFirstOrThrow());
  if (alias.merged_into !== null) return;
  // What is itself another name of something stands for that: no two may be each other's.
  const { merged_into } = await db
    .selectFrom('memory_entities')
    .select('merged_into')
    .where('number', '=', into)
    .executeTakeFirstOrThrow();
  const root = Number(merged_into ?? into);
  if (Number(alias.number) === root) return;
  // What a person took apart stays apart.
  const undone = await db
    .selectFrom('memory_merges')
    .select('number')
    .where('store', '=', store)
    .where('from_entity', '=', alias.number)
    .where('undone_at', 'is not', null)
    .executeTakeFirst();
  if (undone !== undefined) return;
  await mergeInto(db, store, {
    from: Number(alias.number),
    into: root,
    reason: from.reason,
    byWhom: 'house',
    at: Date.now(),
  });
}

async function mergeEntities(
  db: Db,
  store: number,
  merge: { from: number; into: number; reason: string; byWhom: string; at: number },
): Promise<number> {
  const { number } = await db
    .insertInto('memory_merges')
    .values({
      store,
      from_entity: merge.from,
      into_entity: merge.into,
      reason: merge.reason,
      by_whom: merge.byWhom,
      at: merge.at,
      undone_at: null,
    })
    .returning('number')
    .executeTakeFirstOrThrow();
  await db.updateTable('memory_entities').set({ merged_into: merge.into }).where('number', '=', merge.from).execute();
  return Number(number);
}

/** Puts an entity, with what was merged into it, under another. */
export async function mergeInto(
  db: Db,
  store: number,
  merge: { from: number; into: number; reason: string; byWhom: string; at: number },
): Promise<number> {
  const number = await mergeEntities(db, store, merge);
  const below = await db.selectFrom('memory_entities').select('number').where('merged_into', '=', merge.from).execute();
  for (const child of below) await mergeEntities(db, store, { ...merge, from: Number(child.number) });
  return number;
}
