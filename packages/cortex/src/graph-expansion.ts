import { DOMAIN_MARK, type EntityKind, UNCONNECTED_KINDS } from './entities.ts';
import type { Db } from './store.ts';

/** Named by more pieces than this, something connects nothing. */
const NAMED_BY_MAX = 30;
const NAMED_BY_SHARE_MAX = 0.05;
const NAMED_BY_AT_LEAST = 5;
const SHARE_FLOOR = 0.2;
/** Short turns name things in passing: their links count by how much a piece says. */
const CHARS_FROM = 150;
const CHARS_FULL = 400;

export interface Seed {
  position: number;
  /** How good it is, 0 to 1. */
  score: number;
}

/**
 * One step through the graph: what the best pieces name, and which other pieces name it too. A name counts by how few know
 * it, and by how much of it the question did not say: that is the way to what the question does not name.
 */
export async function expandGraph(
  db: Db,
  store: { number: number; chunks: number },
  seeds: readonly Seed[],
  queryTokens: ReadonlySet<string>,
): Promise<Map<number, number>> {
  const limit = Math.max(NAMED_BY_AT_LEAST, Math.min(NAMED_BY_MAX, Math.floor(store.chunks * NAMED_BY_SHARE_MAX)));
  const groups = await entitiesOf(db, store.number, seeds, limit);
  if (groups.size === 0) return new Map();
  const named = await db
    .selectFrom('memory_mentions')
    .innerJoin('memory_chunks', (join) =>
      join
        .onRef('memory_chunks.store', '=', 'memory_mentions.store')
        .onRef('memory_chunks.position', '=', 'memory_mentions.position'),
    )
    .select(({ fn }) => [
      'memory_mentions.position',
      'memory_mentions.entity',
      fn<number>('length', ['memory_chunks.body']).as('chars'),
    ])
    .where('memory_mentions.store', '=', store.number)
    .where('memory_mentions.entity', 'in', [...groups.keys()])
    .execute();
  const charsOf = new Map(named.map(({ position, chars }) => [Number(position), Number(chars)]));
  const reached = new Map<number, number>();
  for (const seed of seeds) {
    const worth = fullness(charsOf.get(seed.position) ?? 0) * seed.score;
    if (worth === 0) continue;
    const bestOf = new Map<number, number>();
    for (const { position, entity } of named) {
      const group = groups.get(Number(entity));
      if (group === undefined || !group.seeds.has(seed.position) || Number(position) === seed.position) continue;
      const value = strengthOf(group, queryTokens);
      if (value > (bestOf.get(Number(position)) ?? 0)) bestOf.set(Number(position), value);
    }
    for (const [position, value] of bestOf) {
      const added = value * worth * fullness(charsOf.get(position) ?? 0);
      if (added > 0) reached.set(position, (reached.get(position) ?? 0) + added);
    }
  }
  return reached;
}

interface EntityGroup {
  key: string;
  count: number;
  seeds: Set<number>;
}

/** What the seeds name, with all that was merged into it: entity → the group that it belongs to. */
async function entitiesOf(db: Db, store: number, seeds: readonly Seed[], limit: number) {
  const named = await db
    .selectFrom('memory_mentions')
    .innerJoin('memory_entities', 'memory_entities.number', 'memory_mentions.entity')
    .select(['memory_mentions.position', 'memory_entities.number', 'memory_entities.merged_into'])
    .where('memory_mentions.store', '=', store)
    .where(
      'memory_mentions.position',
      'in',
      seeds.map(({ position }) => position),
    )
    .where('memory_entities.kind', 'not in', UNCONNECTED_KINDS as EntityKind[])
    .where('memory_entities.key', 'not like', `${DOMAIN_MARK}%`)
    .where('memory_entities.mention_count', '<=', limit)
    .execute();
  const groups = new Map<number, EntityGroup>();
  if (named.length === 0) return groups;
  const roots = [...new Set(named.map(({ number, merged_into }) => Number(merged_into ?? number)))];
  const members = await db
    .selectFrom('memory_entities')
    .select(['number', 'key', 'mention_count', 'merged_into'])
    .where(({ or, eb }) => or([eb('number', 'in', roots), eb('merged_into', 'in', roots)]))
    .execute();
  const byRoot = new Map<number, EntityGroup>();
  for (const member of members) {
    const root = Number(member.merged_into ?? member.number);
    const group = byRoot.get(root) ?? { key: '', count: 0, seeds: new Set<number>() };
    if (member.merged_into === null) group.key = member.key;
    group.count += Number(member.mention_count);
    byRoot.set(root, group);
    groups.set(Number(member.number), group);
  }
  for (const { position, number, merged_into } of named)
    byRoot.get(Number(merged_into ?? number))?.seeds.add(Number(position));
  for (const [number, group] of groups) if (group.count < 2 || group.count > limit) groups.delete(number);
  return groups;
}

function strengthOf({ key, count }: EntityGroup, queryTokens: ReadonlySet<string>): number {
  const words = key.split(/[^\p{L}\p{N}]+/u).filter((word) => word.length > 1);
  const unsaid = words.filter((word) => !queryTokens.has(word)).length / Math.max(1, words.length);
  return (SHARE_FLOOR + (1 - SHARE_FLOOR) * unsaid) / Math.log2(1 + count);
}

function fullness(chars: number): number {
  return Math.min(1, Math.max(0, (chars - CHARS_FROM) / (CHARS_FULL - CHARS_FROM)));
}
