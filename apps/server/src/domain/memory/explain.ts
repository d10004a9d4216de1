import { findSource, type MemoryHit, maySee, universalId } from '@guildhall/cortex';
import type { Context } from '../context/index.ts';
import { type AskOptions, askMemory } from './ask.ts';
import { loadMemory, tables } from './memory-place.ts';

const EXPLAINED_MAX = 500;

export interface Explanation {
  rank: number | null;
  hit: MemoryHit | undefined;
  explanation: string;
}

/** Why a hit stands where it stands, or why it is not found. */
export async function explain(
  context: Context,
  officeId: string,
  query: string,
  id: string,
  options: AskOptions,
): Promise<Explanation> {
  const { hits } = await askMemory(context, officeId, query, EXPLAINED_MAX, options);
  const index = hits.findIndex((hit) => hit.universalId === id || universalId(hit.feedKey, hit.externalId) === id);
  const hit = hits[index];
  if (hit !== undefined) {
    const said = Object.entries(hit.signals).map(([name, { rank }]) => `${name} (place ${rank})`);
    return { rank: index + 1, hit, explanation: `Found by ${said.join(', ')}.` };
  }
  const { store, audiences } = await loadMemory(context, officeId, 'memory:read');
  const found = store === undefined ? undefined : await findSource(tables(context), store.number, id);
  if (found === undefined || !maySee(audiences, found.source.audience))
    return { rank: null, hit: undefined, explanation: 'There is no such thing in this memory.' };
  const { source } = found;
  const explanation =
    source.pending_text !== null
      ? 'It is kept, but not indexed yet.'
      : source.superseded_by !== null && options.asOf === undefined
        ? `It was corrected by ${source.superseded_by}; ask with as_of for the time before.`
        : 'It shares no word, name or person with the question, or lies outside of the limits that the question sets.';
  return { rank: null, hit: undefined, explanation };
}
