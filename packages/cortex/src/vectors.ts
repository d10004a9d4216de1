import type { EngineKind } from '@guildhall/storage';
import { sql } from 'kysely';
import { lexicalVector } from './lexical-embedder.ts';
import { type BlockChange, changeBlocks } from './packed-blocks.ts';
import type { Db } from './store.ts';

/** The embedder that is always there. The number changes with its vectors. */
export const LEXICAL = 'lexical-1';

/**
 * Vectors lie twice: whole in a row of their own (one byte a dimension), and by their signs in packed blocks of 256
 * positions, which is what a search reads: exact over all pieces, small enough to be read whole, the same on both engines.
 */
const BLOCK_BITS = 8;
const PACKED = { table: 'memory_vector_blocks', keyColumn: 'embedder' } as const;
const RESCORED = 200;

export interface PieceVector {
  position: number;
  vector: Float32Array;
}

/** The vectors of the built-in embedder, with the pieces that they are of. */
export async function writeVectors(
  db: Db,
  kind: EngineKind,
  store: number,
  chunks: readonly { position: number; body: string }[],
): Promise<void> {
  await putVectors(
    db,
    kind,
    store,
    LEXICAL,
    chunks.map(({ position, body }) => ({ position, vector: lexicalVector(body) })),
  );
}

export async function putVectors(
  db: Db,
  kind: EngineKind,
  store: number,
  embedder: string,
  vectors: readonly PieceVector[],
): Promise<void> {
  const blocks = new Map<number, BlockChange>();
  const rows: [number, string][] = [];
  for (const { position, vector } of vectors) {
    const block = Math.floor(position / 2 ** BLOCK_BITS);
    let change = blocks.get(block);
    if (change === undefined) {
      change = { key: embedder, block, added: [], removed: new Set() };
      blocks.set(block, change);
    }
    change.added.push(signsOf(vector, position & 0xff));
    rows.push([position, Buffer.from(quantised(vector).buffer).toString('hex')]);
  }
  const list = JSON.stringify(rows);
  if (kind === 'sqlite')
    await sql`insert into memory_vectors (store, embedder, position, vector)
      select ${store}, ${embedder}, value ->> 0, unhex(value ->> 1) from json_each(${list})`.execute(db);
  else
    await sql`insert into memory_vectors (store, embedder, position, vector)
      select ${store}, ${embedder}, (value ->> 0)::bigint, decode(value ->> 1, 'hex')
      from jsonb_array_elements(${list}::jsonb)`.execute(db);
  await changeBlocks(db, kind, PACKED, store, [...blocks.values()], entryOf(vectors[0]?.vector.length ?? 0));
}

export async function removeVectors(db: Db, kind: EngineKind, store: number, positions: readonly number[]) {
  const gone = await db
    .deleteFrom('memory_vectors')
    .where('store', '=', store)
    .where(
      'embedder',
      'in',
      db.selectFrom('memory_vector_blocks').select('embedder').where('store', '=', store).distinct(),
    )
    .where('position', 'in', positions)
    .returning(['embedder', 'position', 'vector'])
    .execute();
  for (const [embedder, own] of Map.groupBy(gone, (row) => row.embedder)) {
    const blocks = new Map<number, BlockChange>();
    for (const { position } of own) {
      const block = Math.floor(Number(position) / 2 ** BLOCK_BITS);
      let change = blocks.get(block);
      if (change === undefined) {
        change = { key: embedder, block, added: [], removed: new Set() };
        blocks.set(block, change);
      }
      change.removed.add(Number(position) & 0xff);
    }
    await changeBlocks(db, kind, PACKED, store, [...blocks.values()], entryOf(own[0]?.vector.length ?? 0));
  }
}

/** The nearest pieces, best first, by cosine. Exact over the signs of all pieces; the best of those by the whole vectors. */
export async function nearestPieces(
  db: Db,
  store: number,
  embedder: string,
  query: Float32Array,
  limit: number,
  isAllowed: (position: number) => boolean,
): Promise<{ position: number; score: number }[]> {
  const blocks = await db
    .selectFrom('memory_vector_blocks')
    .select(['block', 'entries'])
    .where('store', '=', store)
    .where('embedder', '=', embedder)
    .execute();
  const tables = signTables(query);
  const bytes = tables.length / 256;
  const size = bytes + 1;
  const best = new BestPositions(Math.max(limit, RESCORED));
  for (const { block, entries } of blocks) {
    const base = Number(block) * 2 ** BLOCK_BITS;
    for (let at = 0; at + size <= entries.length; at += size) {
      let score = 0;
      for (let byte = 0; byte < bytes; byte++)
        score += tables[byte * 256 + (entries[at + 1 + byte] as number)] as number;
      if (score > best.floor) {
        const position = base + (entries[at] as number);
        if (isAllowed(position)) best.offer(position, score);
      }
    }
  }
  const scores = await cosines(db, store, embedder, query, best.positions());
  return [...scores]
    .map(([position, score]) => ({ position, score }))
    .sort((one, other) => other.score - one.score || one.position - other.position)
    .slice(0, limit);
}

/** The cosine of each piece that has a vector. */
export async function cosines(
  db: Db,
  store: number,
  embedder: string,
  query: Float32Array,
  positions: readonly number[],
): Promise<Map<number, number>> {
  const found = new Map<number, number>();
  if (positions.length === 0) return found;
  const rows = await db
    .selectFrom('memory_vectors')
    .select(['position', 'vector'])
    .where('store', '=', store)
    .where('embedder', '=', embedder)
    .where('position', 'in', positions)
    .execute();
  for (const { position, vector } of rows) {
    const bytes = new Int8Array(vector.buffer, vector.byteOffset, vector.byteLength);
    let dot = 0;
    let length = 0;
    for (let at = 0; at < bytes.length; at++) {
      const value = bytes[at] as number;
      dot += value * (query[at] as number);
      length += value * value;
    }
    found.set(Number(position), length === 0 ? 0 : dot / Math.sqrt(length));
  }
  return found;
}

function entryOf(dimensions: number) {
  return {
    bytes: Math.ceil(dimensions / 8) + 1,
    offsetOf: (entries: Uint8Array, at: number) => entries[at] ?? 0,
  };
}

function signsOf(vector: Float32Array, offset: number): Uint8Array {
  const entry = new Uint8Array(Math.ceil(vector.length / 8) + 1);
  entry[0] = offset;
  for (const [at, value] of vector.entries())
    if (value > 0) entry[1 + (at >> 3)] = (entry[1 + (at >> 3)] ?? 0) | (1 << (at & 7));
  return entry;
}

function quantised(vector: Float32Array): Int8Array {
  let most = 0;
  for (const value of vector) most = Math.max(most, Math.abs(value));
  return Int8Array.from(vector, (value) => (most === 0 ? 0 : Math.round((value / most) * 127)));
}

/** For each byte of signs, what each of its 256 values is worth to this question. */
function signTables(query: Float32Array): Float32Array {
  const bytes = Math.ceil(query.length / 8);
  const tables = new Float32Array(bytes * 256);
  for (let byte = 0; byte < bytes; byte++) {
    for (let value = 0; value < 256; value++) {
      let sum = 0;
      for (let bit = 0; bit < 8; bit++) {
        const weight = query[byte * 8 + bit] ?? 0;
        sum += value & (1 << bit) ? weight : -weight;
      }
      tables[byte * 256 + value] = sum;
    }
  }
  return tables;
}

/** The best so many, kept as a heap with the worst of them on top. */
export class BestPositions {
  readonly #limit: number;
  readonly #heap: { position: number; score: number }[] = [];
  /** What a score must pass to be among them. */
  floor = Number.NEGATIVE_INFINITY;

  constructor(limit: number) {
    this.#limit = limit;
  }

  offer(position: number, score: number): void {
    const heap = this.#heap;
    if (heap.length < this.#limit) {
      heap.push({ position, score });
      this.#up(heap.length - 1);
    } else if (score > (heap[0]?.score ?? 0)) {
      heap[0] = { position, score };
      this.#down();
    } else return;
    if (heap.length === this.#limit) this.floor = heap[0]?.score ?? this.floor;
  }

  positions(): number[] {
    return this.#heap.map(({ position }) => position);
  }

  /** Best first; equal scores by what came later. */
  sorted(): { position: number; score: number }[] {
    return [...this.#heap].sort((one, other) => other.score - one.score || other.position - one.position);
  }

  #up(from: number): void {
    const heap = this.#heap;
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if ((heap[parent]?.score ?? 0) <= (heap[at]?.score ?? 0)) return;
      [heap[parent], heap[at]] = [heap[at] as never, heap[parent] as never];
      at = parent;
    }
  }

  #down(): void {
    const heap = this.#heap;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < heap.length && (heap[child]?.score ?? 0) < (heap[least]?.score ?? 0)) least = child;
      if (least === at) return;
      [heap[least], heap[at]] = [heap[at] as never, heap[least] as never];
      at = least;
    }
  }
}
