export { embedPending } from './embed-pending.ts';
export { type Embedder, EmbedderUnavailable, QueryVectors } from './embedder.ts';
export {
  chooseEnrichment,
  claimUnread,
  type ExtractionClaim,
  finishExtraction,
  noteExtractionError,
} from './enrichment.ts';
export { addressMentions, type Mention } from './entities.ts';
export { eraseStorePart } from './erase-store.ts';
export { type Extractor, ExtractorUnavailable, estimateExtraction } from './extractor.ts';
export { forgetSources } from './forget.ts';
export {
  type Entity,
  findEntity,
  listEntities,
  listMerges,
  type Neighbour,
  neighboursOf,
  pathBetween,
  undoMerge,
} from './graph.ts';
export { type IndexResult, indexSources } from './index-sources.ts';
export { LEXICAL, lexicalVector } from './lexical-embedder.ts';
export type { MemoryAnswer, MemoryHit, MemoryQuery, SignalName } from './memory-query.ts';
export type { MemorySource } from './memory-source.ts';
export type { FeedRow, MemoryTables, SourceRow } from './memory-tables.ts';
export { mergeInto } from './merges.ts';
export { onnxEmbedder } from './onnx-embedder.ts';
export { openAiEmbedder } from './openai-embedder.ts';
export { openAiExtractor } from './openai-extractor.ts';
export { indexPending } from './pending.ts';
export { preparePgvector } from './pg-vectors.ts';
export { httpReranker, type Reranker } from './reranker.ts';
export { hiddenPositions } from './restrictions.ts';
export { searchMemory } from './search.ts';
export { maskSecretsIn } from './secrets.ts';
export {
  edgesOf,
  findSource,
  historyOf,
  listSources,
  maySee,
  type SourceFilter,
  textOf,
  writeEdges,
} from './sources.ts';
export { type MemoryStatus, statusOf } from './status.ts';
export { type Db, findStore, lockStore, type Store } from './store.ts';
export { supersedeSource } from './supersede.ts';
export { parseDate } from './time-words.ts';
export { parseUniversalId, universalId } from './universal-id.ts';
