import {
  type Entity,
  findEntity,
  findSource,
  hiddenPositions,
  listEntities,
  listMerges,
  maySee,
  mergeInto,
  type Neighbour,
  neighboursOf,
  pathBetween,
  undoMerge,
  universalId,
} from '@guildhall/cortex';
import { decodeCursor, errors, type Page, type PageRequest, pageOf } from '@guildhall/kernel';
import { principalName } from '../access/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { loadMemory, type MemoryPlace, tables } from './memory-place.ts';
import { visibleEdges } from './read.ts';

export type { Entity, Neighbour };

/** Who and what the memory knows, the most often named first. For people: an agent sees neighbours of what it names. */
export async function readEntities(
  context: Context,
  officeId: string,
  filter: { kind?: string | undefined; search?: string | undefined },
  page: PageRequest,
): Promise<Page<Entity>> {
  const { store, audiences } = await loadMemory(context, officeId, 'memory:read');
  if (store === undefined) return { items: [] };
  const key = page.cursor === undefined ? undefined : decodeCursor(page.cursor, 'number', 'number');
  const before = key === undefined ? undefined : { count: key[0], id: key[1] };
  const entities = await listEntities(tables(context), store.number, filter, { before, limit: page.limit + 1 });
  const { items, nextCursor } = pageOf(entities, page.limit, (entity) => [entity.ownCount, entity.id]);
  const visible = audiences === 'all' ? items : await onlyVisible(context, { store, audiences }, items);
  return nextCursor === undefined ? { items: visible } : { items: visible, nextCursor };
}

/** Those that some piece names which the reader may see. */
async function onlyVisible(
  context: Context,
  { store, audiences }: Pick<MemoryPlace, 'store' | 'audiences'>,
  entities: readonly Entity[],
): Promise<Entity[]> {
  if (store === undefined || entities.length === 0) return [];
  const hidden = await hiddenPositions(tables(context), store, { audiences });
  if (hidden.size === 0) return [...entities];
  const mentions = await tables(context)
    .selectFrom('memory_mentions')
    .select(['entity', 'position'])
    .where('store', '=', store.number)
    .where(
      'entity',
      'in',
      entities.map(({ id }) => id),
    )
    .execute();
  const seen = new Set(
    mentions.flatMap(({ entity, position }) => (hidden.has(Number(position)) ? [] : [Number(entity)])),
  );
  return entities.filter(({ id }) => seen.has(id));
}

async function entityOf(context: Context, place: MemoryPlace, nameOrId: string): Promise<Entity> {
  const entity =
    place.store === undefined ? undefined : await findEntity(tables(context), place.store.number, nameOrId);
  const [visible] =
    entity === undefined || place.audiences === 'all' ? [entity] : await onlyVisible(context, place, [entity]);
  if (visible === undefined) throw errors.notFound('entity', nameOrId);
  return visible;
}

/** What is named beside an entity. */
export async function readNeighbours(
  context: Context,
  officeId: string,
  nameOrId: string,
  limit: number,
): Promise<{ entity: Entity; neighbours: Neighbour[] }> {
  const place = await loadMemory(context, officeId, 'memory:read');
  const entity = await entityOf(context, place, nameOrId);
  const number = place.store?.number ?? 0;
  const hidden =
    place.store === undefined ? new Set<number>() : await hiddenPositions(tables(context), place.store, place);
  return { entity, neighbours: await neighboursOf(tables(context), number, entity.id, limit, hidden) };
}

/** How two entities hang together; an empty list when they do not within four steps. */
export async function readPath(context: Context, officeId: string, from: string, to: string): Promise<Entity[]> {
  const place = await loadMemory(context, officeId, 'memory:read');
  const [start, end] = [await entityOf(context, place, from), await entityOf(context, place, to)];
  const number = place.store?.number ?? 0;
  const hidden =
    place.store === undefined ? new Set<number>() : await hiddenPositions(tables(context), place.store, place);
  return pathBetween(tables(context), number, start.id, end.id, hidden);
}

export interface Merge {
  id: number;
  from: string;
  into: string;
  reason: string;
  byWhom: string;
  at: number;
  undoneAt: number | null;
}

/** What was taken for the same, and why, newest first. */
export async function readMerges(context: Context, officeId: string, page: PageRequest): Promise<Page<Merge>> {
  const { store } = await loadMemory(context, officeId, 'tasks:decide');
  if (store === undefined) return { items: [] };
  const before = page.cursor === undefined ? undefined : decodeCursor(page.cursor, 'number')[0];
  const rows = await listMerges(tables(context), store.number, { before, limit: page.limit + 1 });
  const merges = rows.map((row) => ({
    id: Number(row.number),
    from: row.from_name,
    into: row.into_name,
    reason: row.reason,
    byWhom: row.by_whom,
    at: Number(row.at),
    undoneAt: row.undone_at === null ? null : Number(row.undone_at),
  }));
  return pageOf(merges, page.limit, (merge) => [merge.id]);
}

/** Says that two are one. People decide that; agents do not. */
export async function merge(
  context: Context,
  officeId: string,
  input: { from: string; into: string; reason: string },
): Promise<{ id: number }> {
  return inTransaction(context, async (tx) => {
    const place = await loadMemory(tx, officeId, 'tasks:decide');
    const [from, into] = [await entityOf(tx, place, input.from), await entityOf(tx, place, input.into)];
    if (from.id === into.id) throw errors.conflict(`"${input.from}" and "${input.into}" are one already.`);
    const id = await mergeInto(tables(tx), place.store?.number ?? 0, {
      from: from.id,
      into: into.id,
      reason: input.reason,
      byWhom: principalName(tx.principal),
      at: tx.house.clock.now(),
    });
    recordMerge(tx, place, 'memory.entities_merged', id, { from: from.name, into: into.name });
    return { id };
  });
}

/** Takes a merge back; the house will not make it again. */
export async function unmerge(context: Context, officeId: string, mergeId: string): Promise<void> {
  await inTransaction(context, async (tx) => {
    const place = await loadMemory(tx, officeId, 'tasks:decide');
    const id = /^\d{1,15}$/.test(mergeId) ? Number(mergeId) : -1;
    const undone =
      place.store === undefined ? undefined : await undoMerge(tables(tx), place.store.number, id, tx.house.clock.now());
    if (undone === undefined) throw errors.notFound('merge', mergeId);
    recordMerge(tx, place, 'memory.entities_parted', id, {});
  });
}

function recordMerge(tx: Context, { office }: MemoryPlace, type: string, id: number, data: Record<string, string>) {
  record(tx, { organizationId: office.organization_id, officeId: office.id, type, subjectId: String(id), data });
}

const GRAPH_SOURCES_MAX = 50;

export interface SourceGraph {
  nodes: { id: string; kind: string; name: string }[];
  edges: { from: string; kind: string; to: string }[];
}

/** Some sources with what they name and what they rest on. What the reader may not see is left out. */
export async function readGraph(context: Context, officeId: string, ids: readonly string[]): Promise<SourceGraph> {
  const { store, audiences } = await loadMemory(context, officeId, 'memory:read');
  const graph: SourceGraph = { nodes: [], edges: [] };
  if (store === undefined) return graph;
  const db = tables(context);
  const entities = new Map<string, SourceGraph['nodes'][number]>();
  for (const id of [...new Set(ids)].slice(0, GRAPH_SOURCES_MAX)) {
    const found = await findSource(db, store.number, id.trim());
    if (found === undefined || !maySee(audiences, found.source.audience)) continue;
    const { source } = found;
    const own = universalId(source.feed_key, source.external_id);
    graph.nodes.push({ id: own, kind: source.kind, name: source.title });
    const mentions = await db
      .selectFrom('memory_chunks as chunk')
      .innerJoin('memory_mentions as mention', (join) =>
        join.onRef('mention.store', '=', 'chunk.store').onRef('mention.position', '=', 'chunk.position'),
      )
      .innerJoin('memory_entities as entity', 'entity.number', 'mention.entity')
      .select(['entity.number', 'entity.kind', 'entity.name', 'mention.role'])
      .distinct()
      .where('chunk.source', '=', source.number)
      .limit(100)
      .execute();
    for (const { number, kind, name, role } of mentions) {
      const node = { id: `entity:${number}`, kind, name };
      entities.set(node.id, node);
      graph.edges.push({ from: own, kind: role, to: node.id });
    }
    graph.edges.push(...(await visibleEdges(audiences, db, store.number, own)));
  }
  graph.nodes.push(...entities.values());
  return graph;
}
