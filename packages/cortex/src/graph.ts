import { containsText } from '@guildhall/storage';
import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import { DOMAIN_MARK, entityKey } from './entities.ts';
import type { EntityRow, MergeRow } from './memory-tables.ts';
import type { Db } from './store.ts';

export interface Entity {
  id: number;
  kind: string;
  name: string;
  key: string;
  mentionCount: number;
  /** Of these, those under this very spelling: what lists are ordered by. */
  ownCount: number;
  /** Other spellings that were merged into it. */
  aliases: string[];
}

/** Entities by how often they are named, merged spellings counted with the one that they belong to. `before` pages on. */
export async function listEntities(
  db: Db,
  store: number,
  filter: { kind?: string | undefined; search?: string | undefined },
  page: { before?: { count: number; id: number } | undefined; limit: number },
): Promise<Entity[]> {
  let query = db
    .selectFrom('memory_entities')
    .selectAll()
    .where('store', '=', store)
    .where('merged_into', 'is', null)
    // Of what is named under another spelling only, that is the one that is listed.
    .where('mention_count', '>', 0)
    .orderBy('mention_count', 'desc')
    .orderBy('number')
    .limit(page.limit);
  const { before } = page;
  if (filter.kind !== undefined) query = query.where('kind', '=', filter.kind);
  if (filter.search !== undefined) query = query.where(containsText(sql.ref('key'), filter.search));
  if (before !== undefined)
    query = query.where(({ or, and, eb }) =>
      or([
        eb('mention_count', '<', before.count),
        and([eb('mention_count', '=', before.count), eb('number', '>', before.id)]),
      ]),
    );
  return withAliases(db, await query.execute());
}

/** An entity by its number, or by one of its names. */
export async function findEntity(db: Db, store: number, nameOrId: string): Promise<Entity | undefined> {
  const isNumber = /^\d{1,15}$/.test(nameOrId);
  const row = await db
    .selectFrom('memory_entities')
    .selectAll()
    .where('store', '=', store)
    .where(({ or, eb }) =>
      or([eb('key', 'in', keysOf(nameOrId)), ...(isNumber ? [eb('number', '=', Number(nameOrId))] : [])]),
    )
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const root =
    row.merged_into === null
      ? row
      : await db.selectFrom('memory_entities').selectAll().where('number', '=', row.merged_into).executeTakeFirst();
  return root === undefined ? undefined : (await withAliases(db, [root]))[0];
}

/** How a name is kept: by its spelling, as a domain, or as a name without accents and full stops. */
function keysOf(name: string): string[] {
  const key = name.toLowerCase().trim();
  return [...new Set([key, `${DOMAIN_MARK}${key}`, entityKey(name)])];
}

async function withAliases(db: Db, rows: Selectable<EntityRow>[]): Promise<Entity[]> {
  if (rows.length === 0) return [];
  const numbers = rows.map(({ number }) => number);
  const merged = await db
    .selectFrom('memory_entities')
    .select(['merged_into', 'name', 'mention_count'])
    .where('merged_into', 'in', numbers)
    .execute();
  return rows.map((row) => {
    const own = merged.filter(({ merged_into }) => Number(merged_into) === Number(row.number));
    return {
      id: Number(row.number),
      kind: row.kind,
      name: row.name,
      key: row.key,
      mentionCount: own.reduce((sum, { mention_count }) => sum + Number(mention_count), Number(row.mention_count)),
      ownCount: Number(row.mention_count),
      aliases: own.map(({ name }) => name),
    };
  });
}

export interface Neighbour extends Entity {
  /** In how many pieces both are named. */
  sharedCount: number;
  /** How: `mentions`, `sent-by`, `sent-to`, `attended`, `part-of`. */
  roles: string[];
}

const PIECES_MAX = 2_000;

/** Who and what is named beside an entity, the closest first. `isReadable` keeps out pieces that the reader may not see. */
export async function neighboursOf(
  db: Db,
  store: number,
  id: number,
  limit: number,
  hidden: ReadonlySet<number>,
): Promise<Neighbour[]> {
  const members = await groupOf(db, id);
  const pieces = await db
    .selectFrom('memory_mentions')
    .select('position')
    .distinct()
    .where('store', '=', store)
    .where('entity', 'in', members)
    .orderBy('position', 'desc')
    .limit(PIECES_MAX)
    .execute();
  const positions = pieces.map(({ position }) => Number(position)).filter((position) => !hidden.has(position));
  if (positions.length === 0) return [];
  const rows = await db
    .selectFrom('memory_mentions as mention')
    .innerJoin('memory_entities as entity', 'entity.number', 'mention.entity')
    .select(({ fn }) => [
      sql<number>`coalesce(entity.merged_into, entity.number)`.as('root'),
      'mention.role',
      fn.count<number>('mention.position').distinct().as('count'),
    ])
    .where('mention.store', '=', store)
    .where('mention.position', 'in', positions)
    .where('mention.entity', 'not in', members)
    .groupBy(['root', 'mention.role'])
    .execute();
  const shared = new Map<number, { count: number; roles: string[] }>();
  for (const { root, role, count } of rows) {
    const known = shared.get(Number(root)) ?? { count: 0, roles: [] };
    known.count = Math.max(known.count, Number(count));
    known.roles.push(role);
    shared.set(Number(root), known);
  }
  const closest = [...shared].sort(([, one], [, other]) => other.count - one.count).slice(0, limit);
  if (closest.length === 0) return [];
  const entities = await withAliases(
    db,
    await db
      .selectFrom('memory_entities')
      .selectAll()
      .where(
        'number',
        'in',
        closest.map(([root]) => root),
      )
      .execute(),
  );
  const byId = new Map(entities.map((entity) => [entity.id, entity]));
  return closest.flatMap(([root, { count, roles }]) => {
    const entity = byId.get(root);
    return entity === undefined ? [] : [{ ...entity, sharedCount: count, roles: roles.sort() }];
  });
}

const STEPS_MAX = 4;
const VISITED_MAX = 2_000;
const WIDTH = 50;

/** The shortest way between two entities, over pieces that name both; empty when there is none within four steps. */
export async function pathBetween(
  db: Db,
  store: number,
  from: number,
  to: number,
  hidden: ReadonlySet<number>,
): Promise<Entity[]> {
  const cameFrom = new Map<number, number>([[from, from]]);
  let edge = [from];
  for (let step = 0; step < STEPS_MAX && edge.length > 0 && !cameFrom.has(to); step++) {
    const next: number[] = [];
    for (const id of edge) {
      if (cameFrom.size > VISITED_MAX) break;
      for (const neighbour of await neighboursOf(db, store, id, WIDTH, hidden)) {
        if (cameFrom.has(neighbour.id)) continue;
        cameFrom.set(neighbour.id, id);
        next.push(neighbour.id);
      }
      if (cameFrom.has(to)) break;
    }
    edge = next;
  }
  if (!cameFrom.has(to)) return [];
  const path = [to];
  while (path[0] !== from) path.unshift(cameFrom.get(path[0] as number) ?? from);
  const entities = await withAliases(
    db,
    await db.selectFrom('memory_entities').selectAll().where('number', 'in', path).execute(),
  );
  const byId = new Map(entities.map((entity) => [entity.id, entity]));
  return path.flatMap((id) => byId.get(id) ?? []);
}

/** An entity and all that was merged into it. */
async function groupOf(db: Db, id: number): Promise<number[]> {
  const merged = await db.selectFrom('memory_entities').select('number').where('merged_into', '=', id).execute();
  return [id, ...merged.map(({ number }) => Number(number))];
}

/** The merges of a store, newest first. */
export async function listMerges(db: Db, store: number, page: { before?: number | undefined; limit: number }) {
  let query = db
    .selectFrom('memory_merges as merge')
    .innerJoin('memory_entities as from', 'from.number', 'merge.from_entity')
    .innerJoin('memory_entities as into', 'into.number', 'merge.into_entity')
    .selectAll('merge')
    .select(['from.name as from_name', 'into.name as into_name'])
    .where('merge.store', '=', store)
    .orderBy('merge.number', 'desc')
    .limit(page.limit);
  if (page.before !== undefined) query = query.where('merge.number', '<', page.before);
  return query.execute();
}

/** Takes a merge back. What it joined stays apart from then on. Undefined when there is no such merge in force. */
export async function undoMerge(
  db: Db,
  store: number,
  number: number,
  at: number,
): Promise<Selectable<MergeRow> | undefined> {
  const merge = await db
    .updateTable('memory_merges')
    .set({ undone_at: at })
    .where('store', '=', store)
    .where('number', '=', number)
    .where('undone_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  if (merge === undefined) return undefined;
  await db
    .updateTable('memory_entities')
    .set({ merged_into: null })
    .where('number', '=', merge.from_entity)
    .where('merged_into', '=', merge.into_entity)
    .execute();
  return merge;
}
