/** A piece of a source that answers a query. */
export interface ChunkHit {
  /** `drive:<file id>#<ordinal>`: names the exact piece. */
  universalId: string;
  sourceKind: string;
  sourceId: string;
  title: string;
  text: string;
  speaker: string;
  at: number;
  score: number;
}
