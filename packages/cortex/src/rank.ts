import { stemmer } from 'stemmer';
import type { ChunkHit } from './chunk-hit.ts';

const K1 = 1.2;
const B = 0.5;
const TITLE_WEIGHT = 1.5;

/** What is known of the words of a question in the whole store. */
export interface StoreStatistics {
  /** Pieces in the store. */
  chunks: number;
  /** In how many of them each word of the question occurs. */
  chunksWith: ReadonlyMap<string, number>;
}

/**
 * BM25 over the candidates that the engine's index returned, so that both engines answer in the same order. How rare a word
 * is, is a matter of the whole store: among candidates, which all hold some word of the question, common words look rare.
 * Equal scores go to what was said later.
 */
export function rankHits(hits: ChunkHit[], queryWords: string[], store: StoreStatistics): ChunkHit[] {
  const query = new Map(queryWords.map((word) => [stemmer(folded(word)), store.chunksWith.get(word) ?? 0]));
  const documents = hits.map((hit) => ({ hit, body: countStems(hit.text), title: countStems(hit.title) }));
  const lengthMean = documents.reduce((sum, document) => sum + document.body.length, 0) / Math.max(1, documents.length);

  for (const { hit, body, title } of documents) {
    let score = 0;
    for (const [word, containing] of query) {
      const frequency = (body.counts.get(word) ?? 0) + TITLE_WEIGHT * (title.counts.get(word) ?? 0);
      if (frequency === 0) continue;
      const rarity = Math.log(1 + Math.max(0, store.chunks - containing + 0.5) / (containing + 0.5));
      const norm = K1 * (1 - B + (B * body.length) / Math.max(1, lengthMean));
      score += rarity * ((frequency * (K1 + 1)) / (frequency + norm));
    }
    hit.score = score;
  }
  return hits.sort((a, b) => b.score - a.score || b.at - a.at);
}

/** How often each stem occurs in a text, and how many words the text has. The stems are those of the engines' indexes. */
function countStems(text: string): { counts: Map<string, number>; length: number } {
  const counts = new Map<string, number>();
  const words = folded(text).match(/[\p{L}\p{N}]+/gu) ?? [];
  for (const word of words) {
    const key = stemmer(word);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return { counts, length: words.length };
}

/** Without case and accents. */
function folded(text: string): string {
  return text.toLowerCase().normalize('NFKD').replaceAll(/\p{M}/gu, '');
}
