import { type MemoryAnswer, type MemoryQuery, searchMemory } from '@guildhall/cortex';
import type { Context } from '../context/index.ts';
import { loadMemory, tables } from './memory-place.ts';
import { takeInActivity } from './office-activity.ts';

export type AskOptions = Omit<MemoryQuery, 'officeId' | 'query' | 'limit' | 'audiences' | 'now' | 'vector'>;

/** A reranker sees more than it gives back. */
const RERANKED = 30;

export interface OfficeAnswer extends MemoryAnswer {
  /** Whether all that there is can be found. */
  state: 'empty' | 'indexing' | 'ready';
}

/**
 * The best pieces of what the office remembers, best first. No model is asked. What was said and done in the office until
 * now is taken in first, so that a question finds what was answered before it.
 */
export async function askMemory(
  context: Context,
  officeId: string,
  query: string,
  limit: number,
  options: AskOptions = {},
): Promise<OfficeAnswer> {
  const { office, audiences } = await loadMemory(context, officeId, 'memory:read');
  const behind = await takeInActivity(context, office);
  const { embedder: made, reranker } = context.house;
  // Never while a transaction is open: embedder and reranker may be far away.
  const rerank = context.pending === undefined && options.signals === undefined ? reranker : undefined;
  const vector = made === undefined || context.pending !== undefined ? undefined : await made.queries.of(query);
  const answer = await searchMemory(tables(context), {
    ...options,
    officeId: office.id,
    query,
    limit: rerank === undefined ? limit : Math.max(limit, RERANKED),
    audiences,
    now: context.house.clock.now(),
    ...(made === undefined || vector === undefined
      ? {}
      : { vector: { embedder: made.embedder.id, vector, weight: made.embedder.weight } }),
  });
  const hits = rerank === undefined ? answer.hits : (await rerank.rerank(query, answer.hits)).slice(0, limit);
  return {
    ...answer,
    hits,
    state: behind > 0 || answer.pending > 0 ? 'indexing' : answer.chunks === 0 ? 'empty' : 'ready',
  };
}
