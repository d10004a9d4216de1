export type { IndexResult, MemoryAnswer, MemoryHit, SignalName } from '@guildhall/cortex';
export { citedBlock, type Explanation, explain, type Gap, gapOf } from './answer.ts';
export { type AskOptions, askMemory } from './ask.ts';
export { type FileContent, forgetDriveFile, indexDriveFile, readContent } from './drive-sources.ts';
export { type FeedItem, ingest, ingestConversation, registerFeed } from './feeds.ts';
export { type ForgetInput, type Forgotten, forget } from './forget.ts';
export {
  type Entity,
  type Merge,
  merge,
  type Neighbour,
  readEntities,
  readGraph,
  readMerges,
  readNeighbours,
  readPath,
  unmerge,
} from './graph.ts';
export { embedMissing, keepMemoryFresh } from './keep-fresh.ts';
export { type Manifest, readManifest } from './manifest.ts';
export {
  exportSources,
  memoryStatus,
  type OfficeMemoryStatus,
  readHistory,
  readSource,
  type WholeSource,
} from './read.ts';
export { type CorrectInput, correct, type Remembered, type RememberInput, remember } from './remember.ts';
