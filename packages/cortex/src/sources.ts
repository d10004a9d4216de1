import { containsText } from '@guildhall/storage';
import { type Selectable, sql } from 'kysely';
import type { MemoryQuery } from './memory-query.ts';
import type { SourceRow } from './memory-tables.ts';
import type { Db } from './store.ts';
import { parseUniversalId, universalId } from './universal-id.ts';

/** A source by its universal id, with the piece that the id names. Undefined when there is none. */
export async function findSource(
  db: Db,
  store: number,
  id: string,
): Promise<{ source: Selectable<SourceRow>; ordinal: number | undefined } | undefined> {
  for (const { feedKey, externalId, ordinal } of parseUniversalId(id)) {
    const source = await db
      .selectFrom('memory_sources')
      .selectAll()
      .where('store', '=', store)
      .where('feed_key', '=', feedKey)
      .where('external_id', '=', externalId)
      .executeTakeFirst();
    if (source !== undefined) return { source, ordinal };
  }
  return undefined;
}

/** The whole text of a source, to the letter. */
export async function textOf(db: Db, source: Pick<Selectable<SourceRow>, 'number' | 'pending_text'>): Promise<string> {
  if (source.pending_text !== null) return source.pending_text;
  const pieces = await db
    .selectFrom('memory_chunks')
    .select('body')
    .where('source', '=', source.number)
    .orderBy('ordinal')
    .execute();
  return pieces.map(({ body }) => body).join('');
}

export interface SourceFilter {
  feedKey?: string | undefined;
  author?: string | undefined;
  since?: number | undefined;
  until?: number | undefined;
  includesSuperseded?: boolean;
}

/** Sources in the order they were kept, after `afterNumber`: for lists, the export, forgetting many. */
export async function listSources(
  db: Db,
  store: number,
  filter: SourceFilter,
  page: { afterNumber: number; limit: number },
): Promise<Selectable<SourceRow>[]> {
  let query = db
    .selectFrom('memory_sources')
    .selectAll()
    .where('store', '=', store)
    .where('number', '>', page.afterNumber)
    .orderBy('number')
    .limit(page.limit);
  if (filter.feedKey !== undefined) query = query.where('feed_key', '=', filter.feedKey);
  if (filter.since !== undefined) query = query.where('at', '>=', filter.since);
  if (filter.until !== undefined) query = query.where('at', '<', filter.until);
  if (filter.includesSuperseded === false) query = query.where('valid_to', 'is', null);
  if (filter.author !== undefined) query = query.where(containsText(sql.ref('author'), filter.author));
  return query.execute();
}

/** All versions of a fact, oldest first. */
export async function historyOf(
  db: Db,
  store: number,
  source: Selectable<SourceRow>,
): Promise<Selectable<SourceRow>[]> {
  const versions = [source];
  const VERSIONS_MAX = 200;
  for (let newest = source; newest.superseded_by !== null && versions.length < VERSIONS_MAX; ) {
    const next = await findSource(db, store, newest.superseded_by);
    if (next === undefined) break;
    versions.push(next.source);
    newest = next.source;
  }
  for (let oldest = source; versions.length < VERSIONS_MAX; ) {
    const before = await db
      .selectFrom('memory_edges')
      .select('to_id')
      .where('store', '=', store)
      .where('from_id', '=', universalId(oldest.feed_key, oldest.external_id))
      .where('kind', '=', 'supersedes')
      .executeTakeFirst();
    const found = before === undefined ? undefined : await findSource(db, store, before.to_id);
    if (found === undefined) break;
    versions.unshift(found.source);
    oldest = found.source;
  }
  return versions;
}

/** Edges between sources: what one is derived from, replies to, is a part of. */
export async function writeEdges(
  db: Db,
  store: number,
  edges: readonly { from: string; kind: string; to: string }[],
): Promise<void> {
  if (edges.length === 0) return;
  await db
    .insertInto('memory_edges')
    .values(edges.map(({ from, kind, to }) => ({ store, from_id: from, kind, to_id: to })))
    .onConflict((conflict) => conflict.columns(['store', 'from_id', 'kind', 'to_id']).doNothing())
    .execute();
}

export async function edgesOf(
  db: Db,
  store: number,
  id: string,
): Promise<{ from: string; kind: string; to: string }[]> {
  const rows = await db
    .selectFrom('memory_edges')
    .select(['from_id', 'kind', 'to_id'])
    .where('store', '=', store)
    .where(({ or, eb }) => or([eb('from_id', '=', id), eb('to_id', '=', id)]))
    .limit(200)
    .execute();
  return rows.map(({ from_id, kind, to_id }) => ({ from: from_id, kind, to: to_id }));
}

/** Whether a reader may see a source: people see all, an agent what is for all and what is for an audience of its own. */
export function maySee(audiences: MemoryQuery['audiences'], audience: string): boolean {
  return audience === '' || audiences === 'all' || audiences.includes(audience);
}
