import type { Context } from '../context/index.ts';

export type { IndexResult, MemoryAnswer, MemoryHit, SignalName } from '@guildhall/cortex';
export { citedBlock, type Gap, gapOf } from './answer.ts';
export type { AskOptions } from './ask.ts';
export type { BroughtMemory } from './brought.ts';
export type { ConnectableSource } from './connectable.ts';
export type { FileContent } from './drive-sources.ts';
export type { Enrichment, EnrichmentMode } from './enrichment.ts';
export type { Explanation } from './explain.ts';
export type { FeedItem } from './feeds.ts';
export type { ForgetInput, Forgotten } from './forget.ts';
export type { Entity, Merge, Neighbour } from './graph.ts';
export type { Manifest } from './manifest.ts';
export type { OfficeMemoryStatus, WholeSource } from './read.ts';
export type { CorrectInput, Remembered, RememberInput } from './remember.ts';

type Parts = typeof import('./parts.ts');

/** The engine is some seventy files that a start of the house need not wait for: they are loaded by whoever remembers first. */
function whenNeeded<Input extends unknown[], Output>(
  pick: (parts: Parts) => (...input: Input) => Promise<Output>,
): (...input: Input) => Promise<Output> {
  return async (...input) => pick(await import('./parts.ts'))(...input);
}

export const askMemory = whenNeeded((parts) => parts.askMemory);
export const correct = whenNeeded((parts) => parts.correct);
/** Without an embedder there is nothing to make, and nothing to load. */
export async function embedMissing(context: Context): Promise<void> {
  if (context.house.embedder !== undefined) await (await import('./parts.ts')).embedMissing(context);
}

export async function enrichMissing(context: Context): Promise<void> {
  if (context.house.extractor !== undefined) await (await import('./parts.ts')).enrichMissing(context);
}

/** A house that remembers nothing yet is kept fresh by leaving it alone. */
export async function keepMemoryFresh(context: Context): Promise<void> {
  const some = await context.db.selectFrom('memory_stores').select('number').limit(1).executeTakeFirst();
  if (some !== undefined) await (await import('./parts.ts')).keepMemoryFresh(context);
}

export const eraseMemoryPart = whenNeeded((parts) => parts.eraseMemoryPart);
export const explain = whenNeeded((parts) => parts.explain);
export const exportSources = whenNeeded((parts) => parts.exportSources);
export const forget = whenNeeded((parts) => parts.forget);
export const forgetDriveFile = whenNeeded((parts) => parts.forgetDriveFile);
export const indexDriveFile = whenNeeded((parts) => parts.indexDriveFile);
export const ingest = whenNeeded((parts) => parts.ingest);
export const ingestConversation = whenNeeded((parts) => parts.ingestConversation);
export const keepBrought = whenNeeded((parts) => parts.keepBrought);
export const memoryStatus = whenNeeded((parts) => parts.memoryStatus);
export const merge = whenNeeded((parts) => parts.merge);
export const readConnectable = whenNeeded((parts) => parts.readConnectable);
export const readContent = whenNeeded((parts) => parts.readContent);
export const readEnrichment = whenNeeded((parts) => parts.readEnrichment);
export const readEntities = whenNeeded((parts) => parts.readEntities);
export const readGraph = whenNeeded((parts) => parts.readGraph);
export const readHistory = whenNeeded((parts) => parts.readHistory);
export const readManifest = whenNeeded((parts) => parts.readManifest);
export const readMerges = whenNeeded((parts) => parts.readMerges);
export const readNeighbours = whenNeeded((parts) => parts.readNeighbours);
export const readPath = whenNeeded((parts) => parts.readPath);
export const readSource = whenNeeded((parts) => parts.readSource);
export const registerFeed = whenNeeded((parts) => parts.registerFeed);
export const remember = whenNeeded((parts) => parts.remember);
export const setEnrichment = whenNeeded((parts) => parts.setEnrichment);
export const unmerge = whenNeeded((parts) => parts.unmerge);
export { rereadActivity } from './office-activity.ts';
