import type { EngineKind } from '@guildhall/storage';
import { PostgresAdapter, sql } from 'kysely';
import { LEXICAL, lexicalVector } from './lexical-embedder.ts';
import { packedVectors } from './packed-vectors.ts';
import { pgVectors } from './pg-vectors.ts';
import type { Db } from './store.ts';
import type { VectorIndex } from './vector-index.ts';

const chosen = new WeakMap<object, VectorIndex>();

/** The one that the database can do; looked up once for a connection pool. */
export async function vectorIndexOf(db: Db): Promise<VectorIndex> {
  const { adapter } = db.getExecutor();
  const known = chosen.get(adapter);
  if (known !== undefined) return known;
  let index = packedVectors;
  if (adapter instanceof PostgresAdapter) {
    const { rows } = await sql<{ name: string | null }>`select to_regclass('memory_pgvectors')::text as name`.execute(
      db,
    );
    if (rows[0]?.name != null) index = pgVectors;
  }
  chosen.set(adapter, index);
  return index;
}

/** The vectors of the built-in embedder, in the transaction that writes the pieces. */
export async function writeVectors(
  db: Db,
  kind: EngineKind,
  store: number,
  chunks: readonly { position: number; body: string }[],
): Promise<void> {
  const index = await vectorIndexOf(db);
  const vectors = chunks.map(({ position, body }) => ({ position, vector: lexicalVector(body) }));
  await index.put(db, kind, store, LEXICAL, vectors);
}
