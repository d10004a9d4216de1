import { tokensOf } from './analysis.ts';
import type { MemoryQuery, SignalName } from './memory-query.ts';
import type { ParsedQuery } from './query.ts';
import type { Db } from './store.ts';

const CANDIDATES = 400;
const NEWEST_WEIGHT = 0.5;
const RANGE_WEIGHT = 0.5;
const DATE_WEIGHT = 0.3;
const AUTHOR_WEIGHT = 0.4;
/** The newest is looked for among what fits at least half as well as the best. */
const FITS = 0.5;

interface IntentScore {
  signal: Extract<SignalName, 'time' | 'author'>;
  position: number;
  value: number;
}

/** What a question says besides its words: whose, when, the newest. */
export async function intentScores(
  db: Db,
  store: number,
  search: MemoryQuery,
  query: ParsedQuery,
  ranked: readonly { position: number; score: number }[],
  uses: (signal: SignalName) => boolean,
): Promise<IntentScore[]> {
  const wantsNewest = (query.wantsNewest || search.prefersRecent === true) && uses('time');
  const range = uses('time') ? query.range : undefined;
  const author = uses('author') ? query.author : [];
  if ((!wantsNewest && range === undefined && author.length === 0) || ranked.length === 0) return [];
  const top = ranked.slice(0, CANDIDATES);
  const rows = await db
    .selectFrom('memory_chunks as chunk')
    .innerJoin('memory_sources as source', 'source.number', 'chunk.source')
    .select(['chunk.position', 'chunk.at', 'source.author'])
    .where('chunk.store', '=', store)
    .where(
      'chunk.position',
      'in',
      top.map(({ position }) => position),
    )
    .execute();
  const pieces = new Map(rows.map((row) => [Number(row.position), { at: Number(row.at), author: row.author }]));
  const scores: IntentScore[] = [];
  const sums = new Map(top.map(({ position, score }) => [position, score]));
  const add = (signal: IntentScore['signal'], position: number, value: number) => {
    scores.push({ signal, position, value });
    sums.set(position, (sums.get(position) ?? 0) + value);
  };
  if (author.length > 0) {
    for (const [position, piece] of pieces) {
      const names = new Set(tokensOf(piece.author));
      if (author.every((name) => names.has(name))) add('author', position, AUTHOR_WEIGHT);
    }
  }
  if (range !== undefined) {
    for (const [position, { at }] of pieces)
      if (at >= range.since && at < range.until) add('time', position, range.isRelative ? RANGE_WEIGHT : DATE_WEIGHT);
  }
  if (wantsNewest) {
    const best = Math.max(...sums.values());
    const fitting = [...pieces]
      .filter(([position]) => (sums.get(position) ?? 0) >= FITS * best)
      .sort(([, one], [, other]) => other.at - one.at);
    for (const [rank, [position]] of fitting.entries())
      add('time', position, NEWEST_WEIGHT * (1 - rank / fitting.length));
  }
  return scores;
}
