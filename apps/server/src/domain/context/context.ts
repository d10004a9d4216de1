import type { Clock } from '@guildhall/kernel';
import { type BlobStore, type Engine, runInTransaction } from '@guildhall/storage';
import type { Kysely } from 'kysely';
import type { Tables } from '../../schema/index.ts';
import type { Principal } from '../access/index.ts';
import { type EventDraft, writeRecords } from '../events/index.ts';
import type { Wake } from './wake.ts';

/** Numbers that the operator may set; defaults stand in `config.ts`. */
export interface Limits {
  hiresPerWindow: number;
  hireWindowMs: number;
  agentDailyCapCents: number;
  officeGrantCents: number;
  taskAttemptsMax: number;
  taskRejectionsMax: number;
  taskLeaseMs: number;
  runAttemptsMax: number;
  fileSizeBytesMax: number;
  eventRetentionMs: number;
}

/** The parts that live as long as the process. */
export interface House {
  /** This process among those that share a database. */
  instanceId: string;
  engine: Engine<Tables>;
  clock: Clock;
  blobs: BlobStore;
  wake: Wake;
  limits: Limits;
  /** What one run of a driver costs, in cents of a credit. */
  priceCents(driver: string, causeKind: string): number;
}

/** What every domain function takes first: who asks, through which database handle, under which request. */
export interface Context {
  readonly house: House;
  readonly db: Kysely<Tables>;
  readonly principal: Principal;
  readonly requestId: string;
  /** Present inside a transaction: what will be written with it. */
  readonly pending?: Pending;
}

interface Pending {
  events: EventDraft[];
  runsQueued: boolean;
  /** Streams that were written before the end, by `recordNow`. */
  streams: string[];
}

/** A context for what the house does by itself: first start, supervisor, maintenance. */
export function systemContext(house: House, requestId: string): Context {
  return { house, db: house.engine.db, principal: { kind: 'system' }, requestId };
}

/**
 * Runs `work` in one transaction together with its events and audit entries; joins the caller's transaction when there
 * is one. Readers are woken once it is committed. `work` may run again, so it must not act on the outside world.
 */
export async function inTransaction<T>(context: Context, work: (transaction: Context) => Promise<T>): Promise<T> {
  if (context.pending !== undefined) return work(context);
  const { engine, wake } = context.house;
  let pending: Pending = { events: [], runsQueued: false, streams: [] };
  const result = await runInTransaction(context.db, async (db) => {
    pending = { events: [], runsQueued: false, streams: [] };
    const value = await work({ ...context, db, pending });
    // Last, so that the lock on the stream is held as short as possible and sequence follows commit order.
    const last = await writeRecords(context, db, engine.kind, pending.events);
    const streams = [...new Set([...pending.streams, ...last])];
    pending.streams = streams;
    if (streams.length > 0 || pending.runsQueued) {
      await engine.notify(db, JSON.stringify({ from: context.house.instanceId, streams, runs: pending.runsQueued }));
    }
    return value;
  });
  if (pending.streams.length > 0 || pending.runsQueued)
    wake.ring({ streams: pending.streams, runs: pending.runsQueued });
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
