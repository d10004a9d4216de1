import { setImmediate } from 'node:timers/promises';
import type { MemorySource } from '@guildhall/cortex';
import { type Context, inTransaction } from '../context/index.ts';
import { findOffice } from '../offices/index.ts';
import { keepSources } from './keep.ts';
import { agentAudience } from './memory-place.ts';

/** What an agent remembers from where it was before. */
export interface BroughtMemory {
  /** The same key again is the same memory. */
  key: string;
  title: string;
  text: string;
  kind: 'conversation' | 'observation';
  /** When it was so; when it came in, if nobody knows. */
  at?: number | undefined;
}

/** What is indexed in one transaction, and between two looks at everything else. */
const CHARS_AT_ONCE = 100_000;

/**
 * Keeps what a clone brought with it, for the clone alone: what others think of it is not known. `onBatch` is called between the
 * transactions. Returns how many there are.
 */
export async function keepBrought(
  context: Context,
  agent: { id: string; name: string; officeId: string },
  memories: readonly BroughtMemory[],
  onBatch: () => Promise<void>,
): Promise<number> {
  for (const batch of batchesOf(memories)) {
    await onBatch();
    await setImmediate();
    await inTransaction(context, async (tx) => {
      const office = await findOffice(tx, agent.officeId);
      if (office === undefined) return;
      const now = tx.house.clock.now();
      const sources = batch.map(
        ({ key, title, text, kind, at }): MemorySource => ({
          feedKey: 'clone',
          externalId: `${agent.id}/${key}`.slice(0, 500),
          kind,
          title,
          text,
          author: agent.name,
          thread: '',
          url: '',
          writtenBy: agent.id,
          trust: 'outside',
          confidence: null,
          audience: agentAudience(agent.id),
          at: at ?? now,
          metadata: {},
          mentions: [],
        }),
      );
      await keepSources(tx, office, sources);
    });
  }
  return memories.length;
}

function* batchesOf(memories: readonly BroughtMemory[]): Generator<BroughtMemory[]> {
  let batch: BroughtMemory[] = [];
  let chars = 0;
  for (const memory of memories) {
    batch.push(memory);
    chars += memory.text.length;
    if (chars < CHARS_AT_ONCE) continue;
    yield batch;
    batch = [];
    chars = 0;
  }
  if (batch.length > 0) yield batch;
}
