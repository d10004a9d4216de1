import { isSearched, tokensOf } from './analysis.ts';
import { stemOf } from './languages.ts';

const DIMENSIONS = 256;
const WORD_WEIGHT = 1;
const GRAM_WEIGHT = 0.5;

/**
 * A text → a vector, without a model: stems and the character trigrams of words, hashed to places and signs. The same text
 * is the same vector everywhere. It knows spellings, not meanings: it finds what is misspelt. `rarity` weighs the words of
 * a question by how seldom they are; pieces are embedded without it, so that it counts once and never goes stale.
 */
export function lexicalVector(text: string, rarity: (stem: string) => number = () => 1): Float32Array {
  const vector = new Float32Array(DIMENSIONS);
  const counts = new Map<string, number>();
  for (const token of tokensOf(text)) if (isSearched(token, 'en')) counts.set(token, (counts.get(token) ?? 0) + 1);
  for (const [token, count] of counts) {
    const stem = stemOf(token, 'en');
    const weight = rarity(stem) * (1 + Math.log(count));
    place(vector, stem, WORD_WEIGHT * weight);
    const framed = `^${token}$`;
    const grams = Math.max(1, framed.length - 2);
    for (let at = 0; at + 3 <= framed.length; at++)
      place(vector, framed.slice(at, at + 3), (GRAM_WEIGHT * weight) / Math.sqrt(grams));
  }
  return normalised(vector);
}

function place(vector: Float32Array, feature: string, weight: number): void {
  const hash = hashOf(feature);
  const at = hash % DIMENSIONS;
  vector[at] = (vector[at] ?? 0) + (hash & 0x40_00_00_00 ? weight : -weight);
}

/** FNV-1a with a final mix. */
function hashOf(text: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01_00_01_93);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c_1b_3c_6d);
  return (hash ^ (hash >>> 12)) >>> 0;
}

export function normalised(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const value of vector) sum += value * value;
  if (sum === 0) return vector;
  const length = Math.sqrt(sum);
  return vector.map((value) => value / length);
}
