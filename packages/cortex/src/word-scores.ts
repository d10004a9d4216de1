import { addBest, addPostings, countPostings, LENGTHS, raiseToPostings, type TermBlock } from './postings.ts';

const K1 = 1.2;
const B = 0.5;

export interface WordScores {
  /** By position; 0 where no word occurs. */
  scores: Float32Array;
  /** The best of them. */
  top: number;
}

export interface ScoredWord {
  /** The spellings that count as this word, with what each is worth. */
  terms: readonly { term: string; weight: number }[];
}

/**
 * BM25 over the index, a whole store at once: how rare a word is, is a matter of all its pieces. A word in several spellings
 * (stems of several languages, near ones of a misspelt word) counts once a piece, by its best.
 */
export function scoreWords(
  words: readonly ScoredWord[],
  postings: ReadonlyMap<string, TermBlock[]>,
  store: { positions: number; chunks: number; meanLength: number },
): WordScores {
  const scores = new Float32Array(store.positions);
  const norms = new Float32Array(LENGTHS);
  for (let length = 0; length < LENGTHS; length++) norms[length] = K1 * (1 - B + (B * length) / store.meanLength);
  // What one word is worth in each piece by its best spelling; all zero between two words.
  let best: Float32Array | undefined;
  for (const { terms } of words) {
    const held = terms.filter(({ term }) => postings.has(term));
    const containing = Math.max(...held.map(({ term }) => countPostings(postings.get(term))), 0);
    if (containing === 0) continue;
    const rarity = Math.log(1 + Math.max(0, store.chunks - containing + 0.5) / (containing + 0.5)) * (K1 + 1);
    const [only] = held;
    if (held.length === 1 && only !== undefined) {
      addPostings(postings.get(only.term) ?? [], only.weight * rarity, norms, scores);
      continue;
    }
    best ??= new Float32Array(store.positions);
    for (const { term, weight } of held) raiseToPostings(postings.get(term) ?? [], weight * rarity, norms, best);
    for (const { term } of held) addBest(postings.get(term) ?? [], best, scores);
  }
  let top = 0;
  for (const score of scores) if (score > top) top = score;
  return { scores, top };
}
