import { runInTransaction } from '@guildhall/storage';
import type { Context, Pending } from './context.ts';
import type { EventDraft } from './event-draft.ts';
import { writeRecords } from './event-writer.ts';

/**
 * Runs `work` in one transaction together with its events and audit entries; joins the caller's transaction when there
 * is one. Readers are woken once it is committed. `work` may run again, so it must not act on the outside world.
 */
export async function inTransaction<T>(context: Context, work: (transaction: Context) => Promise<T>): Promise<T> {
  if (context.pending !== undefined) return work(context);
  const { engine, wake } = context.house;
  let pending: Pending = { events: [], runsQueued: false, runsStopped: false, streams: [] };
  const result = await runInTransaction(context.db, async (db) => {
    pending = { events: [], runsQueued: false, runsStopped: false, streams: [] };
    const value = await work({ ...context, db, pending });
    // Last, so that the lock on the stream is held as short as possible and sequence follows commit order.
    const last = await writeRecords(context, db, engine.kind, pending.events);
    const streams = [...new Set([...pending.streams, ...last])];
    pending.streams = streams;
    if (streams.length > 0 || pending.runsQueued) {
      const told = { streams, runs: pending.runsQueued, stops: pending.runsStopped };
      await engine.notify(db, JSON.stringify({ from: context.house.instanceId, ...told }));
    }
    return value;
  });
  if (pending.streams.length > 0 || pending.runsQueued)
    wake.ring({ streams: pending.streams, runs: pending.runsQueued, stops: pending.runsStopped });
  return result;
}

/** Adds an event (and its audit entry) to the transaction that `context` stands in. */
export function record(context: Context, event: EventDraft): void {
  if (context.pending === undefined) throw new Error(`the event ${event.type} was recorded outside a transaction`);
  context.pending.events.push(event);
  if (event.type === 'run.queued') context.pending.runsQueued = true;
}

/** `record`, but written at once, for the few that must answer with the event's position. Returns its sequence number. */
export async function recordNow(context: Context, event: EventDraft): Promise<number> {
  const { pending } = context;
  if (pending === undefined) throw new Error(`the event ${event.type} was recorded outside a transaction`);
  const drafts = pending.events.splice(0);
  pending.streams.push(...(await writeRecords(context, context.db, context.house.engine.kind, [...drafts, event])));
  const head = await context.db
    .selectFrom('streams')
    .select('event_seq')
    .where('id', '=', event.organizationId)
    .executeTakeFirstOrThrow();
  return head.event_seq;
}
