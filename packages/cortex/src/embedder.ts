import { normalised } from './lexical-embedder.ts';
import { WordCache } from './word-cache.ts';

/** Makes vectors of texts. Outside of any transaction: it may wait for a network or a model. */
export interface Embedder {
  /** Names the vector space: other vectors, another name. */
  readonly id: string;
  /** How far it may be trusted beside the words, 0 to 1. */
  readonly weight: number;
  /** Unit vectors in the order of the texts. Throws `EmbedderUnavailable`. */
  embed(texts: readonly string[], purpose: 'query' | 'passage'): Promise<Float32Array[]>;
}

/** Why there are no vectors now, in words for the operator. */
export class EmbedderUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EmbedderUnavailable';
  }
}

const QUERIES_KEPT = 2_000;
const QUERY_TIMEOUT_MS = 2_000;

/** Vectors of questions, each made once. A question never waits long for one: without it, it is answered by its words. */
export class QueryVectors {
  readonly #embedder: Embedder;
  readonly #kept = new WordCache<Float32Array>(QUERIES_KEPT);

  constructor(embedder: Embedder) {
    this.#embedder = embedder;
  }

  async of(query: string): Promise<Float32Array | undefined> {
    const known = this.#kept.get(query);
    if (known !== undefined) return known;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), QUERY_TIMEOUT_MS);
    });
    try {
      const made = this.#embedder.embed([query], 'query').then(([vector]) => vector);
      // What comes too late for this question is there for the next.
      made.then((vector) => vector !== undefined && this.#kept.set(query, vector)).catch(() => {});
      return await Promise.race([made, late]);
    } catch (error) {
      if (error instanceof EmbedderUnavailable) return undefined;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

export function toUnit(values: readonly number[]): Float32Array {
  return normalised(Float32Array.from(values));
}
