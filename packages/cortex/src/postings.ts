import type { EngineKind } from '@guildhall/storage';
import type { AnalysedChunk } from './analysis.ts';
import { type BlockChange, changeBlocks } from './packed-blocks.ts';
import type { Db, Store } from './store.ts';

/**
 * The index of words. A row (term, block) holds the pieces of 4,096 positions that have the word, four bytes each: 12 bits
 * offset in the block, 6 bits how often (in fifths, since fields weigh differently), 14 bits length of the piece. So both
 * engines rank the same, and a word in 30,000 pieces is read in a few rows.
 */
const BLOCK_BITS = 12;
const ENTRY_BYTES = 4;
const FREQUENCY_UNIT = 5;
const FREQUENCY_MAX = 63;
const LENGTH_MAX = 16_383;

/** Marks that are kept like words, but that no text can hold. */
export const MARKS = {
  /** Something newer took its place. */
  superseded: '\u0001superseded',
  /** Not for every agent of the office. */
  restricted: '\u0001restricted',
  audience: (audience: string) => `\u0001audience:${audience}`,
} as const;

const PACKED = { table: 'memory_postings', keyColumn: 'term' } as const;
const ENTRY = {
  bytes: ENTRY_BYTES,
  offsetOf: (entries: Uint8Array, at: number) => (entries[at] ?? 0) | (((entries[at + 1] ?? 0) & 0x0f) << 8),
};

interface TermChange {
  added: number[];
  removed: Set<number> | undefined;
}

const OFFSET_MASK = (1 << BLOCK_BITS) - 1;

/** Collects what goes into and out of the index, and writes it at once. */
export class PostingChanges {
  /** Block → term → what changes there. */
  readonly #changes = new Map<number, Map<string, TermChange>>();

  add(position: number, { frequencies, length }: AnalysedChunk): void {
    const short = Math.min(LENGTH_MAX, Math.round(length));
    const terms = this.#block(position);
    for (const [term, frequency] of frequencies) termOf(terms, term).added.push(packed(position, frequency, short));
  }

  mark(position: number, mark: string): void {
    termOf(this.#block(position), mark).added.push(packed(position, 1, 0));
  }

  remove(position: number, terms: Iterable<string>): void {
    const block = this.#block(position);
    for (const term of terms) {
      const change = termOf(block, term);
      change.removed ??= new Set();
      change.removed.add(position & OFFSET_MASK);
    }
  }

  async write(db: Db, kind: EngineKind, store: number): Promise<void> {
    const changes: BlockChange[] = [];
    for (const [block, terms] of this.#changes)
      for (const [term, { added, removed }] of terms)
        changes.push({
          key: term,
          block,
          added: new Uint8Array(Uint32Array.from(added).buffer),
          removed: removed ?? NOTHING,
        });
    await changeBlocks(db, kind, PACKED, store, changes, ENTRY);
  }

  #block(position: number): Map<string, TermChange> {
    const block = Math.floor(position / 2 ** BLOCK_BITS);
    let terms = this.#changes.get(block);
    if (terms === undefined) {
      terms = new Map();
      this.#changes.set(block, terms);
    }
    return terms;
  }
}

const NOTHING: ReadonlySet<number> = new Set();

function termOf(terms: Map<string, TermChange>, term: string): TermChange {
  let change = terms.get(term);
  if (change === undefined) {
    change = { added: [], removed: undefined };
    terms.set(term, change);
  }
  return change;
}

function packed(position: number, frequency: number, length: number): number {
  const units = Math.max(1, Math.min(FREQUENCY_MAX, Math.round(frequency * FREQUENCY_UNIT)));
  return ((position & OFFSET_MASK) | (units << BLOCK_BITS) | (length << (BLOCK_BITS + 6))) >>> 0;
}

export interface TermBlock {
  block: number;
  entries: Uint8Array;
}

/**
 * The blocks of each term. The index lies block by block, so that what is kept now is written into one place; a term is looked up
 * in each block.
 */
export async function readPostings(
  db: Db,
  store: Pick<Store, 'number' | 'next_position'>,
  terms: readonly string[],
): Promise<Map<string, TermBlock[]>> {
  const found = new Map<string, TermBlock[]>();
  if (terms.length === 0) return found;
  const rows = await db
    .selectFrom('memory_postings')
    .select(['term', 'block', 'entries'])
    .where('store', '=', store.number)
    .where('block', 'in', blocksOf(store))
    .where('term', 'in', terms)
    .execute();
  for (const { term, block, entries } of rows) {
    const blocks = found.get(term);
    if (blocks === undefined) found.set(term, [{ block: Number(block), entries }]);
    else blocks.push({ block: Number(block), entries });
  }
  return found;
}

/** All blocks that a store has. */
export function blocksOf({ next_position }: Pick<Store, 'next_position'>): number[] {
  return Array.from({ length: Math.floor(Number(next_position) / 2 ** BLOCK_BITS) + 1 }, (_, block) => block);
}

/** In how many pieces a term occurs. */
export function countPostings(blocks: readonly TermBlock[] | undefined): number {
  let bytes = 0;
  for (const { entries } of blocks ?? []) bytes += entries.length;
  return bytes / ENTRY_BYTES;
}

/** Calls back for each piece of a term: its position, how often the term occurs by weight, the length of the piece. */
export function forEachPosting(
  blocks: readonly TermBlock[],
  visit: (position: number, frequency: number, length: number) => void,
): void {
  for (const { block, entries } of blocks) {
    const base = block * 2 ** BLOCK_BITS;
    for (const word of wordsOf(entries))
      visit(base + (word & 0xfff), ((word >>> 12) & 0x3f) / FREQUENCY_UNIT, word >>> 18);
  }
}

/** Whether a test holds for the position of one of a term's pieces. */
export function somePosting(blocks: readonly TermBlock[], test: (position: number) => boolean): boolean {
  return blocks.some(({ block, entries }) => {
    const base = block * 2 ** BLOCK_BITS;
    return wordsOf(entries).some((word) => test(base + (word & OFFSET_MASK)));
  });
}

export const LENGTHS = LENGTH_MAX + 1;

/**
 * Adds what a term is worth in each of its pieces: `weight · f / (f + norms[length])`. The inner loop of every search, so it
 * calls nothing.
 */
export function addPostings(
  blocks: readonly TermBlock[],
  weight: number,
  norms: Float32Array,
  scores: Float32Array,
): void {
  for (const { block, entries } of blocks) {
    const base = block * 2 ** BLOCK_BITS;
    const words = wordsOf(entries);
    for (let at = 0; at < words.length; at++) {
      const word = words[at] as number;
      const frequency = ((word >>> 12) & 0x3f) / FREQUENCY_UNIT;
      const position = base + (word & 0xfff);
      scores[position] =
        (scores[position] as number) + (weight * frequency) / (frequency + (norms[word >>> 18] as number));
    }
  }
}

/** Like `addPostings`, but a piece keeps the higher of what it had and what this term is worth. */
export function raiseToPostings(
  blocks: readonly TermBlock[],
  weight: number,
  norms: Float32Array,
  best: Float32Array,
): void {
  for (const { block, entries } of blocks) {
    const base = block * 2 ** BLOCK_BITS;
    const words = wordsOf(entries);
    for (let at = 0; at < words.length; at++) {
      const word = words[at] as number;
      const frequency = ((word >>> 12) & 0x3f) / FREQUENCY_UNIT;
      const position = base + (word & 0xfff);
      const score = (weight * frequency) / (frequency + (norms[word >>> 18] as number));
      if (score > (best[position] as number)) best[position] = score;
    }
  }
}

/** Adds what was collected for the pieces of a term, and takes it out of the collection. */
export function addBest(blocks: readonly TermBlock[], best: Float32Array, scores: Float32Array): void {
  for (const { block, entries } of blocks) {
    const base = block * 2 ** BLOCK_BITS;
    const words = wordsOf(entries);
    for (let at = 0; at < words.length; at++) {
      const position = base + ((words[at] as number) & 0xfff);
      scores[position] = (scores[position] as number) + (best[position] as number);
      best[position] = 0;
    }
  }
}

/** Little-endian on every machine that runs this; what is not aligned is copied. */
function wordsOf(entries: Uint8Array): Uint32Array {
  const bytes = entries.byteOffset % ENTRY_BYTES === 0 ? entries : new Uint8Array(entries);
  return new Uint32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.byteLength / ENTRY_BYTES));
}
