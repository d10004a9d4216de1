import { isSearched, tokensOf } from './analysis.ts';
import { stemOf } from './languages.ts';
import { WordCache } from './word-cache.ts';

/** The embedder that is always there. The number changes with its vectors. */
export const LEXICAL = 'lexical-1';

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
    const { stem, places, weights } = featuresOf(token);
    const weight = rarity(stem) * (1 + Math.log(count));
    for (let at = 0; at < places.length; at++) {
      const place = places[at] as number;
      vector[place] = (vector[place] as number) + weight * (weights[at] as number);
    }
  }
  return normalised(vector);
}

interface WordFeatures {
  stem: string;
  /** Plain arrays: for so few numbers a typed one is mostly its own description. */
  places: number[];
  weights: number[];
}

const known = new WordCache<WordFeatures>(40_000);

/** Where a word and its parts are placed, the same each time: words come again and again. */
function featuresOf(token: string): WordFeatures {
  const before = known.get(token);
  if (before !== undefined) return before;
  const stem = stemOf(token, 'en');
  const framed = `^${token}$`;
  const grams = Math.max(1, framed.length - 2);
  const features: [string, number][] = [[stem, WORD_WEIGHT]];
  for (let at = 0; at + 3 <= framed.length; at++)
    features.push([framed.slice(at, at + 3), GRAM_WEIGHT / Math.sqrt(grams)]);
  const hashes = features.map(([feature]) => hashOf(feature));
  const made = {
    stem,
    places: hashes.map((hash) => hash % DIMENSIONS),
    weights: features.map(([, weight], index) => ((hashes[index] ?? 0) & 0x40_00_00_00 ? weight : -weight)),
  };
  known.set(token, made);
  return made;
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
