import { EmbedderUnavailable, embedPending, indexPending } from '@guildhall/cortex';
import { sql } from 'kysely';
import { type Context, inTransaction } from '../context/index.ts';
import { tables } from './memory-place.ts';
import { takeInActivity } from './office-activity.ts';

const PENDING_AT_ONCE = 50;
const PENDING_ROUNDS = 20;
const OFFICES_AT_ONCE = 20;
const TURNS_AN_OFFICE = 10;

/**
 * What nobody waits for: sources of an older release get their index, and offices that are not asked anything take in what
 * went on in them. Bounded each time; a question to an office does its own part at once.
 */
export async function keepMemoryFresh(context: Context): Promise<void> {
  const { engine, clock } = context.house;
  for (let round = 0; round < PENDING_ROUNDS; round++) {
    const left = await inTransaction(context, (tx) =>
      indexPending(tables(tx), engine.kind, PENDING_AT_ONCE, clock.now()),
    );
    if (left === 0) break;
  }
  const behind = await context.db
    .selectFrom('memory_feeds')
    .innerJoin('memory_stores', 'memory_stores.number', 'memory_feeds.store')
    .innerJoin('offices', 'offices.id', 'memory_stores.office_id')
    .innerJoin('streams', 'streams.id', 'offices.organization_id')
    .selectAll('offices')
    .where('memory_feeds.feed_key', '=', 'activity')
    // Other feeds have cursors of their own making, which no database may try to read as a number.
    .where(
      sql<boolean>`case when memory_feeds.feed_key = 'activity' then cast(memory_feeds.cursor as bigint) end < streams.event_seq`,
    )
    .orderBy('memory_feeds.synced_at')
    .limit(OFFICES_AT_ONCE)
    .execute();
  for (const office of behind) await takeInActivity(context, office, TURNS_AN_OFFICE);
}

const EMBED_ROUNDS = 50;

const embedding = new WeakSet<object>();

/**
 * Makes vectors that are missing, some at a time, while everything else goes on: the embedder may be slow. That it does not
 * answer is seen in the coverage, and tried again.
 */
export async function embedMissing(context: Context): Promise<void> {
  const { engine, embedder: made } = context.house;
  if (made === undefined || embedding.has(context.house)) return;
  embedding.add(context.house);
  try {
    for (let round = 0; round < EMBED_ROUNDS; round++)
      if ((await embedPending(tables(context), engine.kind, made.embedder)) === 0) return;
  } catch (error) {
    if (!(error instanceof EmbedderUnavailable)) throw error;
  } finally {
    embedding.delete(context.house);
  }
}
