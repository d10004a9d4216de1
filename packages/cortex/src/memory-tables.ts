import type { Generated } from 'kysely';

/** The rows of the memory engine. `memory_text` is the full-text index on SQLite; PostgreSQL indexes the column `words`. */
export interface MemoryTables {
  memory_chunks: MemoryChunkRow;
  memory_text: { rowid: number; scope: string; title: string; body: string };
}

export interface MemoryChunkRow {
  number: Generated<number>;
  office_id: string;
  source_kind: string;
  source_id: string;
  ordinal: number;
  title: string;
  body: string;
  speaker: string;
  /** The agent that put it there; empty for people and files. */
  written_by: string;
  /** The agent whose private memory this is; empty when the whole office may read it. */
  private_to: string;
  at: number;
}
