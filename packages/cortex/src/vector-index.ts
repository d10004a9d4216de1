import type { EngineKind } from '@guildhall/storage';
import type { Db } from './store.ts';

export interface PieceVector {
  position: number;
  vector: Float32Array;
}

/** Where vectors lie and are searched, exactly, one store at a time. */
export interface VectorIndex {
  put(db: Db, kind: EngineKind, store: number, embedder: string, vectors: readonly PieceVector[]): Promise<void>;
  /** Takes the vectors of all embedders out. */
  remove(db: Db, kind: EngineKind, store: number, positions: readonly number[]): Promise<void>;
  /** The nearest pieces by cosine, best first. */
  nearest(
    db: Db,
    store: number,
    embedder: string,
    query: Float32Array,
    limit: number,
    isAllowed: (position: number) => boolean,
  ): Promise<{ position: number; score: number }[]>;
  /** The cosine of each piece that has a vector. */
  cosines(
    db: Db,
    store: number,
    embedder: string,
    query: Float32Array,
    positions: readonly number[],
  ): Promise<Map<number, number>>;
  count(db: Db, store: number, embedder: string): Promise<number>;
  /** Takes the vectors of all embedders out but this one's. */
  drop(db: Db, store: number, exceptEmbedder: string): Promise<void>;
}
