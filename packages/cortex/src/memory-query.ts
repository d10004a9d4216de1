/** What is asked of a memory. */
export interface MemoryQuery {
  officeId: string;
  query: string;
  limit: number;
  /** The audiences the reader belongs to; `all` for people. What has none is for every reader. */
  audiences: readonly string[] | 'all';
  now: number;
  since?: number | undefined;
  /** Exclusive. */
  until?: number | undefined;
  /** Only of these sources: a whole feed key, or the part behind its last dot. */
  sourceTables?: readonly string[] | undefined;
  kinds?: readonly string[] | undefined;
  author?: string | undefined;
  /** Leaves out the conversation that the question is asked in. */
  /** Feeds that are left out. */
  exceptSourceTables?: readonly string[] | undefined;
  withoutThread?: string | undefined;
  /** As the memory stood then: what was valid, and what was known. */
  asOf?: number | undefined;
  /** Newer first among what fits well. Also said by a question that asks for the latest. */
  prefersRecent?: boolean | undefined;
  /** The signals to use; all of them when absent. */
  signals?: readonly SignalName[] | undefined;
  /** The question in the vector space of an embedder of the office. */
  vector?: QueryVector | undefined;
}

export interface QueryVector {
  embedder: string;
  vector: Float32Array;
  /** How far it may be trusted beside the words, 0 to 1. */
  weight: number;
}

export type SignalName = 'words' | 'vector' | 'graph' | 'time' | 'author' | 'id' | 'reranker';

/** What one signal said of a hit. */
export interface Signal {
  score: number;
  /** Its place by this signal alone, from 1. */
  rank: number;
}

/** A piece that answers a question. */
export interface MemoryHit {
  /** Names the source, and with `#<n>` the piece of it when it has several. */
  universalId: string;
  feedKey: string;
  externalId: string;
  ordinal: number;
  chunkCount: number;
  kind: string;
  title: string;
  text: string;
  author: string;
  thread: string;
  url: string;
  at: number;
  trust: string;
  confidence: number | null;
  writtenBy: string;
  metadata: Record<string, unknown>;
  /** Set when something newer took its place: only in questions about the past. */
  supersededBy: string | null;
  score: number;
  signals: Partial<Record<SignalName, Signal>>;
  /** Others that say the same. */
  duplicates: string[];
  /** What was said around it. */
  context: { author: string; text: string; at: number }[];
}

export interface MemoryAnswer {
  hits: MemoryHit[];
  /** How many pieces were searched, and how many sources wait for their index. */
  chunks: number;
  pending: number;
  /** Words of the question that nothing in the memory has. */
  unknownWords: string[];
  /** What those were taken for: `{kestral: ['kestrel']}`. */
  spelledAs: Record<string, string[]>;
}
