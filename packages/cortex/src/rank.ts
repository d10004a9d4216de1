import { countStems, stem } from '@guildhall/kernel';
import type { ChunkHit } from './chunk-hit.ts';

const K1 = 1.2;
const B = 0.6;
const TITLE_WEIGHT = 1.5;

/**
 * BM25 over the candidates that the engine's index returned, so that both engines answer in the same order. Rarity is
 * estimated among the candidates; equal scores go to what was said later.
 */
export function rankHits(hits: ChunkHit[], queryWords: string[]): ChunkHit[] {
  const query = [...new Set(queryWords.map(stem))];
  const documents = hits.map((hit) => ({ hit, body: countStems(hit.text), title: countStems(hit.title) }));
  const lengthMean = documents.reduce((sum, document) => sum + document.body.length, 0) / Math.max(1, documents.length);

  for (const { hit, body, title } of documents) {
    let score = 0;
    for (const word of query) {
      const frequency = (body.counts.get(word) ?? 0) + TITLE_WEIGHT * (title.counts.get(word) ?? 0);
      if (frequency === 0) continue;
      const containing = documents.filter(
        (other) => other.body.counts.has(word) || other.title.counts.has(word),
      ).length;
      const rarity = Math.log(1 + (documents.length - containing + 0.5) / (containing + 0.5));
      const norm = K1 * (1 - B + (B * body.length) / Math.max(1, lengthMean));
      score += rarity * ((frequency * (K1 + 1)) / (frequency + norm));
    }
    hit.score = score;
  }
  return hits.sort((a, b) => b.score - a.score || b.at - a.at);
}
