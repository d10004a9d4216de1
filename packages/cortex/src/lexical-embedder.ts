import { tokensOf } from './analysis.ts';
import { type KnownWord, knownWord } from './known-words.ts';

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
export function lexicalVector(text: string, rarity?: (stem: string) => number): Float32Array {
  return embedTokens(tokensOf(text), rarity);
}

/** The same of words that were taken apart already. */
export function embedTokens(tokens: readonly string[], rarity?: (stem: string) => number): Float32Array {
  const vector = new Float32Array(DIMENSIONS);
  const counts = new Map<KnownWord, number>();
  for (const token of tokens) {
    const word = knownWord(token);
    if (word.stem === '') continue;
    word.features ??= featuresOf(token, word.stem);
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  for (const [{ stem, features }, count] of counts) {
    if (features === undefined) continue;
    const { places, weights } = features;
    const weight = (rarity?.(stem) ?? 1) * (count === 1 ? 1 : 1 + Math.log(count));
    for (let at = 0; at < places.length; at++) {
      const place = places[at] as number;
      vector[place] = (vector[place] as number) + weight * (weights[at] as number);
    }
  }
  return normalised(vector);
}

/** Where a word and its parts are placed. */
function featuresOf(token: string, stem: string): NonNullable<KnownWord['features']> {
  const framed = `^${token}$`;
  const gram = GRAM_WEIGHT / Math.sqrt(Math.max(1, framed.length - 2));
  const places: number[] = [];
  const weights: number[] = [];
  const place = (feature: string, weight: number) => {
    const hash = hashOf(feature);
    places.push(hash % DIMENSIONS);
    weights.push(hash & 0x40_00_00_00 ? weight : -weight);
  };
  place(stem, WORD_WEIGHT);
  for (let at = 0; at + 3 <= framed.length; at++) place(framed.slice(at, at + 3), gram);
  return { places, weights };
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
  for (let at = 0; at < vector.length; at++) sum += (vector[at] as number) ** 2;
  if (sum === 0) return vector;
  const scale = 1 / Math.sqrt(sum);
  for (let at = 0; at < vector.length; at++) vector[at] = (vector[at] as number) * scale;
  return vector;
}
