import { type MemoryAnswer, type MemoryQuery, searchMemory } from '@guildhall/cortex';
import type { Context } from '../context/index.ts';
import { loadMemory, tables } from './memory-place.ts';
import { takeInActivity } from './office-activity.ts';

export type AskOptions = Omit<MemoryQuery, 'officeId' | 'query' | 'limit' | 'audiences' | 'now' | 'vector'>;

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
  const { embedder: made } = context.house;
  // Never while a transaction is open: the embedder may be far away.
  const vector = made === undefined || context.pending !== undefined ? undefined : await made.queries.of(query);
  const answer = await searchMemory(tables(context), {
    ...options,
    officeId: office.id,
    query,
    limit,
    audiences,
    now: context.house.clock.now(),
    ...(made === undefined || vector === undefined
      ? {}
      : { vector: { embedder: made.embedder.id, vector, weight: made.embedder.weight } }),
  });
  return { ...answer, state: behind > 0 || answer.pending > 0 ? 'indexing' : answer.chunks === 0 ? 'empty' : 'ready' };
}
