import type { EngineKind } from '@guildhall/storage';
import { sql } from 'kysely';
import { BestPositions } from './best-positions.ts';
import { type BlockChange, changeBlocks } from './packed-blocks.ts';
import type { Db } from './store.ts';
import type { PieceVector, VectorIndex } from './vector-index.ts';

/**
 * Vectors lie twice: whole in a row of their own (one byte a dimension), and by their signs in packed blocks of 256
 * positions, which is what a search reads: exact over all pieces, small enough to be read whole, the same on both engines.
 */
const BLOCK_BITS = 8;
const PACKED = { table: 'memory_vector_blocks', keyColumn: 'embedder' } as const;
const RESCORED = 200;

async function putVectors(
  db: Db,
  kind: EngineKind,
  store: number,
  embedder: string,
  vectors: readonly PieceVector[],
): Promise<void> {
  const signs = new Map<number, Uint8Array[]>();
  const rows: [number, string][] = [];
  for (const { position, vector } of vectors) {
    const block = Math.floor(position / 2 ** BLOCK_BITS);
    const own = signs.get(block) ?? [];
    own.push(signsOf(vector, position & 0xff));
    signs.set(block, own);
    rows.push([position, Buffer.from(quantised(vector).buffer).toString('hex')]);
  }
  const changes = [...signs].map(
    ([block, own]): BlockChange => ({ key: embedder, block, added: Buffer.concat(own), removed: new Set() }),
  );
  const list = JSON.stringify(rows);
  if (kind === 'sqlite')
    await sql`insert into memory_vectors (store, embedder, position, vector)
      select ${store}, ${embedder}, value ->> 0, unhex(value ->> 1) from json_each(${list})`.execute(db);
  else
    await sql`insert into memory_vectors (store, embedder, position, vector)
      select ${store}, ${embedder}, (value ->> 0)::bigint, decode(value ->> 1, 'hex')
      from jsonb_array_elements(${list}::jsonb)`.execute(db);
  await changeBlocks(db, kind, PACKED, store, changes, entryOf(vectors[0]?.vector.length ?? 0));
}

async function removeVectors(db: Db, kind: EngineKind, store: number, positions: readonly number[]) {
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
    const offsets = Map.groupBy(
      own.map(({ position }) => Number(position)),
      (position) => Math.floor(position / 2 ** BLOCK_BITS),
    );
    const changes = [...offsets].map(
      ([block, positions]): BlockChange => ({
        key: embedder,
        block,
        added: new Uint8Array(),
        removed: new Set(positions.map((position) => position & 0xff)),
      }),
    );
    await changeBlocks(db, kind, PACKED, store, changes, entryOf(own[0]?.vector.length ?? 0));
  }
}

/** The nearest pieces, best first, by cosine. Exact over the signs of all pieces; the best of those by the whole vectors. */
async function nearestPieces(
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
async function cosines(
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
  for (let at = 0; at < vector.length; at++)
    if ((vector[at] as number) > 0) entry[1 + (at >> 3)] = (entry[1 + (at >> 3)] as number) | (1 << (at & 7));
  return entry;
}

function quantised(vector: Float32Array): Int8Array {
  let most = 0;
  for (let at = 0; at < vector.length; at++) most = Math.max(most, Math.abs(vector[at] as number));
  const bytes = new Int8Array(vector.length);
  const scale = most === 0 ? 0 : 127 / most;
  for (let at = 0; at < vector.length; at++) bytes[at] = Math.round((vector[at] as number) * scale);
  return bytes;
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

async function countVectors(db: Db, store: number, embedder: string): Promise<number> {
  const { count } = await db
    .selectFrom('memory_vectors')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('store', '=', store)
    .where('embedder', '=', embedder)
    .executeTakeFirstOrThrow();
  return Number(count);
}

async function drop(db: Db, store: number, exceptEmbedder: string): Promise<void> {
  for (const table of ['memory_vectors', 'memory_vector_blocks'] as const)
    await db.deleteFrom(table).where('store', '=', store).where('embedder', '<>', exceptEmbedder).execute();
}

/** On every database, without an extension. */
export const packedVectors: VectorIndex = {
  put: putVectors,
  remove: removeVectors,
  nearest: nearestPieces,
  cosines,
  count: countVectors,
  drop,
};
