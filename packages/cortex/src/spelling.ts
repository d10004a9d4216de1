import { blocksOf } from './postings.ts';
import type { Db, Store } from './store.ts';

const VOCABULARY_MAX = 10_000;
const NEAR_MAX = 4;
/** A near word is worth less than the word itself. */
const WEIGHT = 0.7;

/**
 * The words of a store that a word which it does not have may be a misspelling of: one letter apart, two in longer words, the
 * first letter the same. Looked for only then, so a question that is spelt well pays nothing.
 */
export async function nearWords(db: Db, store: Store, stem: string): Promise<{ term: string; weight: number }[]> {
  if (stem.length < 4 || /^\d/.test(stem)) return [];
  const apart = stem.length >= 8 ? 2 : 1;
  const first = String.fromCodePoint(stem.codePointAt(0) ?? 0);
  const vocabulary = new Set<string>();
  // The newest blocks first: most words of a store are in each of them.
  for (const block of blocksOf(store).reverse()) {
    const rows = await db
      .selectFrom('memory_postings')
      .select('term')
      .where('store', '=', store.number)
      .where('block', '=', block)
      .where('term', '>=', first)
      .where('term', '<', `${first}\u{10ffff}`)
      .execute();
    for (const { term } of rows) vocabulary.add(term);
    if (vocabulary.size > VOCABULARY_MAX) break;
  }
  const near: { term: string; distance: number }[] = [];
  for (const term of vocabulary) {
    if (Math.abs(term.length - stem.length) > apart) continue;
    const distance = editDistance(stem, term, apart);
    if (distance <= apart) near.push({ term, distance });
  }
  return near
    .sort((one, other) => one.distance - other.distance || (one.term < other.term ? -1 : 1))
    .slice(0, NEAR_MAX)
    .map(({ term, distance }) => ({ term, weight: WEIGHT ** distance }));
}

/** Letters to change, add, drop or swap with their neighbour; more than `limit` counts as `limit + 1`. */
export function editDistance(one: string, other: string, limit: number): number {
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    let least = row;
    for (let column = 1; column <= other.length; column++) {
      const cost = one[row - 1] === other[column - 1] ? 0 : 1;
      let value = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + cost);
      const isSwap = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      if (isSwap) value = Math.min(value, (before[column - 2] ?? 0) + 1);
      current.push(value);
      least = Math.min(least, value);
    }
    if (least > limit) return limit + 1;
    [before, last] = [last, current];
  }
  return Math.min(limit + 1, last[other.length] ?? 0);
}
