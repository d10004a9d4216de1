import type { EngineKind } from '@guildhall/storage';
import { sql } from 'kysely';
import { LEXICAL, lexicalVector } from './lexical-embedder.ts';
import type { Db } from './store.ts';
import type { PieceVector, VectorIndex } from './vector-index.ts';

/** More than a search asks for, since some of the nearest may not be shown. */
const LOOKED_AT = 1_000;

/** A vector as pgvector reads it. */
function written(vector: Float32Array): string {
  return `[${vector.join(',')}]`;
}

async function put(
  db: Db,
  _kind: EngineKind,
  store: number,
  embedder: string,
  vectors: readonly PieceVector[],
): Promise<void> {
  const rows = JSON.stringify(vectors.map(({ position, vector }) => [position, written(vector)]));
  await sql`insert into memory_pgvectors (store, embedder, position, embedding)
    select ${store}, ${embedder}, (value ->> 0)::bigint, (value ->> 1)::vector from jsonb_array_elements(${rows}::jsonb)
    on conflict do nothing`.execute(db);
}

async function remove(db: Db, _kind: EngineKind, store: number, positions: readonly number[]): Promise<void> {
  await sql`delete from memory_pgvectors
    where store = ${store} and position in (${sql.join(positions.map((position) => sql`${position}`))})`.execute(db);
}

/** Exact: an approximate index under a tenant's filter returns too few rows, and loses what it is for. */
async function nearest(
  db: Db,
  store: number,
  embedder: string,
  query: Float32Array,
  limit: number,
  isAllowed: (position: number) => boolean,
): Promise<{ position: number; score: number }[]> {
  const { rows } = await sql<{ position: number; score: number }>`
    select position, 1 - (embedding <=> ${written(query)}::vector) as score from memory_pgvectors
    where store = ${store} and embedder = ${embedder} order by embedding <=> ${written(query)}::vector
    limit ${Math.max(limit, LOOKED_AT)}`.execute(db);
  return rows
    .map(({ position, score }) => ({ position: Number(position), score: Number(score) }))
    .filter(({ position, score }) => !Number.isNaN(score) && isAllowed(position))
    .slice(0, limit);
}

async function cosines(
  db: Db,
  store: number,
  embedder: string,
  query: Float32Array,
  positions: readonly number[],
): Promise<Map<number, number>> {
  if (positions.length === 0) return new Map();
  const { rows } = await sql<{ position: number; score: number }>`
    select position, 1 - (embedding <=> ${written(query)}::vector) as score from memory_pgvectors
    where store = ${store} and embedder = ${embedder}
      and position in (${sql.join(positions.map((position) => sql`${position}`))})`.execute(db);
  return new Map(rows.map(({ position, score }) => [Number(position), Number.isNaN(score) ? 0 : Number(score)]));
}

async function count(db: Db, store: number, embedder: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from memory_pgvectors where store = ${store} and embedder = ${embedder}`.execute(db);
  return Number(rows[0]?.count ?? 0);
}

async function drop(db: Db, store: number, exceptEmbedder: string): Promise<void> {
  await sql`delete from memory_pgvectors where store = ${store} and embedder <> ${exceptEmbedder}`.execute(db);
}

/** Where the database has pgvector. */
export const pgVectors: VectorIndex = { put, remove, nearest, cosines, count, drop };

/** Makes use of pgvector when the database offers it, and says whether it does. Before the first vector is written. */
export async function preparePgvector(db: Db, kind: EngineKind): Promise<boolean> {
  if (kind !== 'postgres') return false;
  const { rows } = await sql`select 1 from pg_available_extensions where name = 'vector'`.execute(db);
  if (rows.length === 0) return false;
  const { rows: known } = await sql<{
    name: string | null;
  }>`select to_regclass('memory_pgvectors')::text as name`.execute(db);
  if (known[0]?.name != null) return true;
  // An extension may be there and not be ours to switch on; then it is done without.
  try {
    await sql`create extension if not exists vector`.execute(db);
  } catch {
    return false;
  }
  await sql`create table memory_pgvectors (
    store bigint not null, embedder text not null, position bigint not null, embedding vector not null,
    primary key (store, embedder, position))`.execute(db);
  await fillFromPieces(db);
  return true;
}

const PIECES_AT_ONCE = 500;

/** What was kept before the extension came gets its vectors there. */
async function fillFromPieces(db: Db): Promise<void> {
  let after = { store: -1, position: -1 };
  for (;;) {
    const pieces = await db
      .selectFrom('memory_chunks')
      .select(['store', 'position', 'body'])
      .where(({ or, and, eb }) =>
        or([eb('store', '>', after.store), and([eb('store', '=', after.store), eb('position', '>', after.position)])]),
      )
      .orderBy('store')
      .orderBy('position')
      .limit(PIECES_AT_ONCE)
      .execute();
    const last = pieces.at(-1);
    if (last === undefined) return;
    after = { store: Number(last.store), position: Number(last.position) };
    for (const [store, own] of Map.groupBy(pieces, (piece) => Number(piece.store)))
      await put(
        db,
        'postgres',
        store,
        LEXICAL,
        own.map(({ position, body }) => ({ position: Number(position), vector: lexicalVector(body) })),
      );
  }
}
