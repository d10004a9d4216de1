import type { EngineKind } from '@guildhall/storage';
import type { Kysely } from 'kysely';
import type { AnalysedChunk } from './analysis.ts';
import type { MemoryTables } from './memory-tables.ts';
import { type BlockChange, changeBlocks } from './packed-blocks.ts';

type Db = Kysely<MemoryTables>;

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

/** Collects what goes into and out of the index, and writes it at once. */
export class PostingChanges {
  readonly #changes = new Map<string, BlockChange>();

  add(position: number, { frequencies, length }: AnalysedChunk): void {
    const short = Math.min(LENGTH_MAX, Math.round(length));
    for (const [term, frequency] of frequencies) this.#add(position, term, frequency, short);
  }

  mark(position: number, mark: string): void {
    this.#add(position, mark, 1, 0);
  }

  remove(position: number, terms: Iterable<string>): void {
    for (const term of terms) this.#of(position, term).removed.add(position & ((1 << BLOCK_BITS) - 1));
  }

  async write(db: Db, kind: EngineKind, store: number): Promise<void> {
    await changeBlocks(db, kind, PACKED, store, [...this.#changes.values()], ENTRY);
  }

  #add(position: number, term: string, frequency: number, length: number): void {
    const units = Math.max(1, Math.min(FREQUENCY_MAX, Math.round(frequency * FREQUENCY_UNIT)));
    const entry = Buffer.allocUnsafe(ENTRY_BYTES);
    const offset = position & ((1 << BLOCK_BITS) - 1);
    entry.writeUInt32LE((offset | (units << BLOCK_BITS) | (length << (BLOCK_BITS + 6))) >>> 0);
    this.#of(position, term).added.push(entry);
  }

  #of(position: number, term: string): BlockChange {
    const block = Math.floor(position / 2 ** BLOCK_BITS);
    const key = `${block}\u0000${term}`;
    let change = this.#changes.get(key);
    if (change === undefined) {
      change = { key: term, block, added: [], removed: new Set() };
      this.#changes.set(key, change);
    }
    return change;
  }
}

export interface TermBlock {
  block: number;
  entries: Uint8Array;
}

/** The blocks of each term. */
export async function readPostings(db: Db, store: number, terms: readonly string[]): Promise<Map<string, TermBlock[]>> {
  const found = new Map<string, TermBlock[]>();
  if (terms.length === 0) return found;
  const rows = await db
    .selectFrom('memory_postings')
    .select(['term', 'block', 'entries'])
    .where('store', '=', store)
    .where('term', 'in', terms)
    .execute();
  for (const { term, block, entries } of rows) {
    const blocks = found.get(term);
    if (blocks === undefined) found.set(term, [{ block: Number(block), entries }]);
    else blocks.push({ block: Number(block), entries });
  }
  return found;
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
    for (let at = 0; at + ENTRY_BYTES <= entries.length; at += ENTRY_BYTES) {
      const low = (entries[at] ?? 0) | ((entries[at + 1] ?? 0) << 8) | ((entries[at + 2] ?? 0) << 16);
      const word = (low | ((entries[at + 3] ?? 0) << 24)) >>> 0;
      visit(base + (word & 0xfff), ((word >>> 12) & 0x3f) / FREQUENCY_UNIT, word >>> 18);
    }
  }
}
