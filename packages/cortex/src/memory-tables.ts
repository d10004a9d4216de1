import type { Generated } from 'kysely';

/** The rows of the memory engine. */
export interface MemoryTables {
  memory_stores: StoreRow;
  memory_sources: SourceRow;
  memory_chunks: ChunkRow;
  memory_postings: { store: number; term: string; block: number; entries: Uint8Array };
  memory_vectors: { store: number; embedder: string; position: number; vector: Uint8Array };
  memory_vector_blocks: { store: number; embedder: string; block: number; entries: Uint8Array };
  memory_entities: EntityRow;
  memory_mentions: { store: number; position: number; entity: number; role: string };
  memory_edges: { store: number; from_id: string; kind: string; to_id: string };
  memory_merges: MergeRow;
  memory_tombstones: TombstoneRow;
  memory_feeds: FeedRow;
}

/** The memory of one office. */
export interface StoreRow {
  number: Generated<number>;
  office_id: string;
  /** Where the next piece goes. Positions are never used twice. */
  next_position: Generated<number>;
  chunk_count: Generated<number>;
  /** The weighted words of all pieces together: what their mean length is made of. */
  length_total: Generated<number>;
  /** The languages of its texts, comma-separated: a question is stemmed in each. */
  languages: Generated<string>;
  /** What its vectors were made by; empty for the built-in embedder. */
  embedder: Generated<string>;
  /** Below this position, all pieces have a vector of it. */
  embedded_up_to: Generated<number>;
  /** Whether a model reads what comes in: `standard` (the rules do) or `model`. */
  enrichment: Generated<string>;
  /** What the office wants its memory for, as the model is told. */
  enrichment_goal: Generated<string>;
  /** Which model has read all pieces below `extracted_up_to`. */
  extractor: Generated<string>;
  extracted_up_to: Generated<number>;
  /** Until when a process has taken the next pieces. */
  extracting_until: Generated<number>;
  extraction_micros: Generated<number>;
  extraction_error: string | null;
}

/** One thing that is remembered: a file, a mail, a message, a fact. Its text is that of its pieces, put together. */
export interface SourceRow {
  number: Generated<number>;
  store: number;
  /** Where it came from: `agent`, `drive_files`, `messages`, `<schema>.<table>` of a feed. */
  feed_key: string;
  external_id: string;
  kind: string;
  title: string;
  /** Who said or wrote it, as it is shown: a name, an address, both. */
  author: string;
  /** What it is a turn of; empty when it stands alone. */
  thread: string;
  url: string;
  /** The agent that put it there; empty for people and feeds. */
  written_by: string;
  trust: string;
  confidence: number | null;
  /** Who may read it besides people: empty for every agent of the office, else `agent:<id>` or `conversation:<id>`. */
  audience: string;
  at: number;
  ingested_at: number;
  valid_from: number;
  /** When something newer took its place. */
  valid_to: number | null;
  superseded_by: string | null;
  supersede_reason: string | null;
  content_hash: string;
  metadata: Record<string, unknown>;
  chunk_count: number;
  /** Whether there was more of it than is kept. */
  is_truncated: boolean;
  language: string;
  /** Text that still waits to be cut and indexed. */
  pending_text: string | null;
}

/** A piece of a source; the bodies of all pieces, in order, are its text to the letter. */
export interface ChunkRow {
  store: number;
  position: number;
  source: number;
  ordinal: number;
  body: string;
  thread: string;
  at: number;
}

export interface EntityRow {
  number: Generated<number>;
  store: number;
  kind: string;
  key: string;
  name: string;
  mention_count: number;
  merged_into: number | null;
}

export interface MergeRow {
  number: Generated<number>;
  store: number;
  from_entity: number;
  into_entity: number;
  reason: string;
  by_whom: string;
  at: number;
  undone_at: number | null;
}

/** What is left of something forgotten: no content, and the reason why its feed does not bring it back. */
export interface TombstoneRow {
  store: number;
  feed_key: string;
  external_id: string;
  at: number;
  by_whom: string;
  reason: string;
}

export interface FeedRow {
  store: number;
  feed_key: string;
  title: string;
  kind: string;
  settings: Record<string, unknown>;
  cursor: string;
  state: string;
  item_count: number;
  error: string | null;
  last_item_at: number | null;
  synced_at: number | null;
  created_at: number;
}
