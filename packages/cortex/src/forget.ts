import type { EngineKind } from '@guildhall/storage';
import type { Selectable } from 'kysely';
import { removeOrphans } from './graph-store.ts';
import type { SourceRow } from './memory-tables.ts';
import { removeChunks } from './remove-sources.ts';
import { type Db, lockStore } from './store.ts';
import { universalId } from './universal-id.ts';

const ROWS_A_STATEMENT = 400;

/**
 * Takes sources out for good, with the facts that were concluded from them alone, and leaves tombstones: no content, only
 * the names that their feeds must not bring back. Returns the ids of all that went.
 */
export async function forgetSources(
  db: Db,
  kind: EngineKind,
  officeId: string,
  sources: readonly Selectable<SourceRow>[],
  by: { whom: string; reason: string; at: number; leavesTombstones: boolean },
): Promise<string[]> {
  const store = await lockStore(db, kind, officeId);
  const gone = new Map(sources.map((source) => [idOf(source), source]));
  for (let open = [...gone.keys()]; open.length > 0; ) {
    const derived = await derivedFrom(db, store.number, open);
    open = [];
    for (const source of derived) {
      const id = idOf(source);
      if (gone.has(id) || !(await isLeftWithout(db, store.number, id, gone))) continue;
      gone.set(id, source);
      open.push(id);
    }
  }
  const all = [...gone.values()];
  await removeChunks(db, kind, store, all);
  await removeOrphans(db, store.number);
  for (let from = 0; from < all.length; from += ROWS_A_STATEMENT) {
    const slice = all.slice(from, from + ROWS_A_STATEMENT);
    await db
      .deleteFrom('memory_edges')
      .where('store', '=', store.number)
      .where('to_id', 'in', slice.map(idOf))
      .execute();
    if (by.leavesTombstones)
      await db
        .insertInto('memory_tombstones')
        .values(
          slice.map(({ feed_key, external_id }) => ({
            store: store.number,
            feed_key,
            external_id,
            at: by.at,
            by_whom: by.whom,
            reason: by.reason,
          })),
        )
        .onConflict((conflict) => conflict.columns(['store', 'feed_key', 'external_id']).doNothing())
        .execute();
  }
  return [...gone.keys()];
}

function idOf(source: Pick<Selectable<SourceRow>, 'feed_key' | 'external_id'>): string {
  return universalId(source.feed_key, source.external_id);
}

/** What was concluded from these, and what took the place of them or was replaced by them: one fact in all its versions. */
async function derivedFrom(db: Db, store: number, ids: readonly string[]): Promise<Selectable<SourceRow>[]> {
  const found: Selectable<SourceRow>[] = [];
  for (let from = 0; from < ids.length; from += ROWS_A_STATEMENT) {
    const edges = await db
      .selectFrom('memory_edges')
      .select('from_id')
      .where('store', '=', store)
      .where('to_id', 'in', ids.slice(from, from + ROWS_A_STATEMENT))
      .where('kind', 'in', ['derived-from', 'supersedes'])
      .execute();
    const externalIds = edges.map(({ from_id }) => from_id.slice(from_id.indexOf(':') + 1));
    if (externalIds.length === 0) continue;
    const rows = await db
      .selectFrom('memory_sources')
      .selectAll()
      .where('store', '=', store)
      .where('feed_key', '=', 'agent')
      .where('external_id', 'in', externalIds)
      .execute();
    found.push(...rows);
  }
  return found;
}

/** Whether everything that a fact rests on is gone. */
async function isLeftWithout(db: Db, store: number, id: string, gone: ReadonlyMap<string, unknown>): Promise<boolean> {
  const grounds = await db
    .selectFrom('memory_edges')
    .select(['to_id', 'kind'])
    .where('store', '=', store)
    .where('from_id', '=', id)
    .where('kind', 'in', ['derived-from', 'supersedes'])
    .execute();
  // A correction of what is forgotten says what it was about, and goes too.
  if (grounds.some(({ kind, to_id }) => kind === 'supersedes' && gone.has(to_id))) return true;
  return grounds.every(({ to_id }) => gone.has(to_id) || gone.has(to_id.replace(/#\d+$/, '')));
}
