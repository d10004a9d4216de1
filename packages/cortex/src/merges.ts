import type { Db } from './store.ts';

/** Two spellings of one: what is known of the first is found under the second. */
export async function mergeAlias(
  db: Db,
  store: number,
  { from, into }: { from: { name: string; key: string; reason: string }; into: number },
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
      .values({ store, kind: 'person', key: from.key, name: from.name, mention_count: 0, merged_into: null })
      .returning(['number', 'merged_into'])
      .executeTakeFirstOrThrow());
  if (alias.merged_into !== null || Number(alias.number) === into) return;
  // What a person took apart stays apart.
  const undone = await db
    .selectFrom('memory_merges')
    .select('number')
    .where('store', '=', store)
    .where('from_entity', '=', alias.number)
    .where('undone_at', 'is not', null)
    .executeTakeFirst();
  if (undone !== undefined) return;
  await mergeEntities(db, store, {
    from: Number(alias.number),
    into,
    reason: from.reason,
    byWhom: 'house',
    at: Date.now(),
  });
}

export async function mergeEntities(
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
