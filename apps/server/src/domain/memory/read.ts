import {
  type Db,
  edgesOf,
  findSource,
  historyOf,
  listSources,
  type MemoryStatus,
  maySee,
  type SourceFilter,
  type SourceRow,
  statusOf,
  textOf,
  universalId,
} from '@guildhall/cortex';
import { decodeCursor, errors, type Page, type PageRequest, pageOf } from '@guildhall/kernel';
import type { Selectable } from 'kysely';
import type { Context } from '../context/index.ts';
import { headOf } from '../events/index.ts';
import { audiencesOf, loadMemory, tables } from './memory-place.ts';
import { takeInActivity } from './office-activity.ts';

export type Source = Selectable<SourceRow>;

export interface WholeSource {
  universalId: string;
  source: Source;
  /** The whole text, to the letter. */
  text: string;
  edges: { from: string; kind: string; to: string }[];
}

/** What a universal id names, whole. The piece that it may name is part of it. */
export async function readSource(context: Context, officeId: string, id: string): Promise<WholeSource> {
  const { office, store, audiences } = await loadMemory(context, officeId, 'memory:read');
  await takeInActivity(context, office);
  const place = store ?? (await loadMemory(context, officeId, 'memory:read')).store;
  const found = place === undefined ? undefined : await findSource(tables(context), place.number, id);
  if (place === undefined || found === undefined || !maySee(audiences, found.source.audience))
    throw errors.notFound('memory', id);
  const { source } = found;
  return wholeSource(tables(context), audiences, source);
}

async function wholeSource(db: Db, audiences: Audiences, source: Source): Promise<WholeSource> {
  const id = universalId(source.feed_key, source.external_id);
  const edges = await visibleEdges(audiences, db, source.store, id);
  return { universalId: id, source: await shownTo(audiences, db, source), text: await textOf(db, source), edges };
}

/** What hangs together with a source, as far as the reader may know of it. */
export async function visibleEdges(
  audiences: Audiences,
  db: Db,
  store: number,
  id: string,
): Promise<WholeSource['edges']> {
  const edges: WholeSource['edges'] = [];
  for (const edge of await edgesOf(db, store, id))
    if (await mayName(audiences, db, store, edge.from === id ? edge.to : edge.from)) edges.push(edge);
  return edges;
}

type Audiences = Parameters<typeof maySee>[0];

/** Whether a reader may know that there is such a source. */
async function mayName(audiences: Audiences, db: Db, store: number, id: string): Promise<boolean> {
  if (audiences === 'all') return true;
  const found = await findSource(db, store, id);
  return found === undefined || maySee(audiences, found.source.audience);
}

/** That something no longer holds is for everybody; what took its place, and why, for those who may read that. */
async function shownTo(audiences: Audiences, db: Db, source: Source): Promise<Source> {
  const { superseded_by } = source;
  if (superseded_by === null || (await mayName(audiences, db, source.store, superseded_by))) return source;
  return { ...source, superseded_by: '', supersede_reason: null };
}

/** All versions of a fact, oldest first, each with its text. */
export async function readHistory(context: Context, officeId: string, id: string): Promise<WholeSource[]> {
  const { source } = await readSource(context, officeId, id);
  const audiences = await audiencesOf(context);
  const db = tables(context);
  const versions: WholeSource[] = [];
  for (const version of await historyOf(db, source.store, source)) {
    if (!maySee(audiences, version.audience)) continue;
    versions.push({
      universalId: universalId(version.feed_key, version.external_id),
      source: await shownTo(audiences, db, version),
      text: await textOf(db, version),
      edges: [],
    });
  }
  return versions;
}

/** Everything that the caller may read, in the order it was kept, texts whole. */
export async function exportSources(
  context: Context,
  officeId: string,
  filter: SourceFilter,
  page: PageRequest,
): Promise<Page<WholeSource>> {
  const { office, audiences } = await loadMemory(context, officeId, 'memory:read');
  await takeInActivity(context, office);
  const { store } = await loadMemory(context, officeId, 'memory:read');
  if (store === undefined) return { items: [] };
  const afterNumber = page.cursor === undefined ? 0 : decodeCursor(page.cursor, 'number')[0];
  const rows = await listSources(tables(context), store.number, filter, { afterNumber, limit: page.limit + 1 });
  const { items, nextCursor } = pageOf(rows, page.limit, (row) => [Number(row.number)]);
  const sources: WholeSource[] = [];
  for (const source of items) {
    if (!maySee(audiences, source.audience)) continue;
    sources.push(await wholeSource(tables(context), audiences, source));
  }
  return nextCursor === undefined ? { items: sources } : { items: sources, nextCursor };
}

export interface OfficeMemoryStatus extends MemoryStatus {
  officeId: string;
  officeName: string;
  /** `empty`, `indexing` while something waits, else `ready`. */
  state: 'empty' | 'indexing' | 'ready';
  /** Events of the office that were not taken in yet. */
  activityBehind: number;
  registered: {
    feedKey: string;
    title: string;
    kind: string;
    state: string;
    itemCount: number;
    cursor: string;
    error: string | null;
    syncedAt: number | null;
    lastItemAt: number | null;
  }[];
}

const NOTHING: MemoryStatus = {
  sources: 0,
  chunks: 0,
  pending: 0,
  superseded: 0,
  entities: 0,
  mentions: 0,
  tombstones: 0,
  embedCoverage: 1,
  graphCoverage: 1,
  embedder: 'lexical-1',
  languages: ['en'],
  feeds: [],
};

/** How much there is, how complete its indexes are, how fresh each source: so that "not found" can be told from "not yet". */
export async function memoryStatus(context: Context, officeId: string): Promise<OfficeMemoryStatus> {
  const { office } = await loadMemory(context, officeId, 'memory:read');
  await takeInActivity(context, office);
  const { store } = await loadMemory(context, officeId, 'memory:read');
  const status = store === undefined ? NOTHING : await statusOf(tables(context), store);
  const feeds =
    store === undefined
      ? []
      : await tables(context)
          .selectFrom('memory_feeds')
          .selectAll()
          .where('store', '=', store.number)
          .orderBy('feed_key')
          .execute();
  const head = (await headOf(context, office.organization_id)).seq;
  const activity = feeds.find(({ feed_key }) => feed_key === 'activity');
  const behind = Math.max(0, head - Number(activity?.cursor ?? 0));
  return {
    ...status,
    officeId: office.id,
    officeName: office.name,
    state: status.pending > 0 || behind > 0 ? 'indexing' : status.sources === 0 ? 'empty' : 'ready',
    activityBehind: behind,
    registered: feeds.map((feed) => ({
      feedKey: feed.feed_key,
      title: feed.title,
      kind: feed.kind,
      state: feed.state,
      itemCount: Number(feed.item_count),
      cursor: feed.cursor,
      error: feed.error,
      syncedAt: feed.synced_at === null ? null : Number(feed.synced_at),
      lastItemAt: feed.last_item_at === null ? null : Number(feed.last_item_at),
    })),
  };
}
