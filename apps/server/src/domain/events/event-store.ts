import { GuildhallError } from '@guildhall/kernel';
import { type Selectable, type SqlBool, sql } from 'kysely';
import { areQuiet, type EventRow, FAMILY_EVENTS, familyOf, QUIET_EVENTS } from '../../schema/index.ts';
import { authorize } from '../access/index.ts';
import type { Context } from '../context/index.ts';

export type Event = Selectable<EventRow>;

export interface EventFilter {
  officeId?: string | undefined;
  agentId?: string | undefined;
  subjectId?: string | undefined;
  /** Leading dotted segments: `task` matches `task.created`. */
  types?: readonly string[] | undefined;
  sinceAt?: number | undefined;
  actorKinds?: readonly string[] | undefined;
  actorId?: string | undefined;
}

function select(context: Context, stream: string, filter: EventFilter) {
  let query = context.db.selectFrom('events').selectAll().where('stream', '=', stream);
  if (filter.officeId !== undefined) query = query.where('office_id', '=', filter.officeId);
  if (filter.agentId !== undefined) query = query.where('agent_id', '=', filter.agentId);
  if (filter.subjectId !== undefined) query = query.where('subject_id', '=', filter.subjectId);
  if (filter.sinceAt !== undefined) query = query.where('at', '>', filter.sinceAt);
  if (filter.actorKinds !== undefined) query = query.where('actor_kind', 'in', [...filter.actorKinds, '']);
  if (filter.actorId !== undefined) query = query.where('actor_id', '=', filter.actorId);
  const types = filter.types;
  if (types !== undefined) {
    const family = familyOf(types);
    const indexed = family === undefined ? (areQuiet(types) ? QUIET_EVENTS : undefined) : FAMILY_EVENTS[family];
    // In the very words of its index, or the database would not know that it may use it.
    if (indexed !== undefined) query = query.where(sql.raw<SqlBool>(indexed));
    query = query.where((expression) =>
      expression.or(
        types.flatMap((type) => [
          expression('type', '=', type),
          expression.and([expression('type', '>', `${type}.`), expression('type', '<', `${type}/`)]),
        ]),
      ),
    );
  }
  return query;
}

/** The same as `select`, of an event that is at hand. */
export function matches(event: Event, filter: EventFilter): boolean {
  const { officeId, agentId, subjectId, types, sinceAt, actorKinds, actorId } = filter;
  if (officeId !== undefined && event.office_id !== officeId) return false;
  if (agentId !== undefined && event.agent_id !== agentId) return false;
  if (subjectId !== undefined && event.subject_id !== subjectId) return false;
  if (sinceAt !== undefined && event.at <= sinceAt) return false;
  if (actorKinds !== undefined && !actorKinds.includes(event.actor_kind)) return false;
  if (actorId !== undefined && event.actor_id !== actorId) return false;
  return types === undefined || types.some((type) => event.type === type || event.type.startsWith(`${type}.`));
}

/** Throws `cursor_expired` when a reader cannot go on from `afterSeq`: what follows is no longer kept, or the log is shorter. */
export async function checkCursor(context: Context, stream: string, afterSeq: number): Promise<void> {
  const head = await headOf(context, stream);
  if (afterSeq > head.seq) {
    throw new GuildhallError('cursor_expired', {
      message: `The cursor is ${afterSeq}, but the log ends at ${head.seq}: it was restored from an older state.`,
      detail: { floor: head.floor, head: head.seq },
    });
  }
  if (afterSeq < head.floor) {
    throw new GuildhallError('cursor_expired', {
      message: `Events up to ${head.floor} are no longer kept; the cursor is ${afterSeq}.`,
      detail: { floor: head.floor, head: head.seq },
    });
  }
}

/** The events after `afterSeq`, oldest first. Throws `cursor_expired` when some of them are no longer kept. */
export async function readEvents(
  context: Context,
  stream: string,
  afterSeq: number,
  filter: EventFilter,
  limit: number,
): Promise<Event[]> {
  await checkCursor(context, stream, afterSeq);
  return select(context, stream, filter).where('seq', '>', afterSeq).orderBy('seq').limit(limit).execute();
}

/** The newest events before `beforeSeq` (default: the newest of all), newest first. */
export async function newestEvents(
  context: Context,
  stream: string,
  filter: EventFilter,
  limit: number,
  beforeSeq?: number,
  offset = 0,
): Promise<Event[]> {
  const query = select(context, stream, filter).orderBy('seq', 'desc').limit(limit).offset(offset);
  return (beforeSeq === undefined ? query : query.where('seq', '<', beforeSeq)).execute();
}

/** The newest and the oldest kept position of a stream. */
export async function headOf(context: Context, stream: string): Promise<{ seq: number; floor: number }> {
  const head = await context.db
    .selectFrom('streams')
    .select(['event_seq', 'event_floor'])
    .where('id', '=', stream)
    .executeTakeFirst();
  return { seq: head?.event_seq ?? 0, floor: head?.event_floor ?? 0 };
}

/** When the newest event of a stream was, and the oldest that is kept where older ones are not. */
export async function timesOf(context: Context, stream: string): Promise<{ newestAt: number; oldestAt?: number }> {
  const ends = context.db.selectFrom('events').select('at').where('stream', '=', stream).limit(1);
  const newest = await ends.orderBy('seq', 'desc').executeTakeFirst();
  const { floor } = await headOf(context, stream);
  const oldest = floor === 0 ? undefined : await ends.orderBy('seq').executeTakeFirst();
  return { newestAt: newest?.at ?? 0, ...(oldest === undefined ? {} : { oldestAt: oldest.at }) };
}

/** `newestEvents` for a caller: checks that it may read there. */
export async function listEvents(
  context: Context,
  place: { organizationId: string; officeId?: string },
  filter: EventFilter,
  page: { limit: number; beforeSeq?: number | undefined; offset?: number | undefined },
): Promise<Event[]> {
  authorize(context.principal, 'events:read', { ...place, what: 'office', id: place.officeId ?? place.organizationId });
  return newestEvents(
    context,
    place.organizationId,
    { ...filter, officeId: place.officeId },
    page.limit,
    page.beforeSeq,
    page.offset,
  );
}

const PRUNE_EVENTS_MAX = 5_000;

/** Deletes events older than `beforeAt`, a bounded number a stream, and moves the floor so that old cursors are told. */
export async function pruneEvents(context: Context, beforeAt: number): Promise<number> {
  const streams = await context.db.selectFrom('streams').select(['id', 'event_floor']).execute();
  let pruned = 0;
  for (const stream of streams) {
    const last = await context.db
      .selectFrom('events')
      .select('seq')
      .where('stream', '=', stream.id)
      .where('seq', '<=', stream.event_floor + PRUNE_EVENTS_MAX)
      .where('at', '<', beforeAt)
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (last === undefined) continue;
    await context.db.transaction().execute(async (db) => {
      await db
        .updateTable('streams')
        .set({ event_floor: last.seq })
        .where('id', '=', stream.id)
        .where('event_floor', '<', last.seq)
        .execute();
      await db.deleteFrom('events').where('stream', '=', stream.id).where('seq', '<=', last.seq).execute();
    });
    pruned += last.seq - stream.event_floor;
  }
  return pruned;
}
