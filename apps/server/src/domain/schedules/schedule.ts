import { decodeCursor, errors, GuildhallError, newId, type Page, type PageRequest, pageOf } from '@guildhall/kernel';
import type { Selectable } from 'kysely';
import { isOpenRun, type ScheduleRow } from '../../schema/index.ts';
import { loadAgent } from '../agents/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { sendMessage } from '../conversations/index.ts';
import { loadOffice } from '../offices/index.ts';
import { checkTiming, EVERY_MS_MIN, nextFiring, type Timing } from './timing.ts';

export type Schedule = Selectable<ScheduleRow>;

/** Under this name a schedule speaks to its agent. */
export const SCHEDULE_SPEAKER = 'schedule';
/** Wakes an agent for what stands in its checklist; with nothing in it, no model is asked. */
export const HEARTBEAT_PROMPT = 'HEARTBEAT.md';
const PROMPT_CHARS_MAX = 20_000;
const PER_AGENT_MAX = 50;
const JITTER_MS_MAX = 3_600_000;

export interface ScheduleInput extends Timing {
  /** The agent that is woken, by name, number or id. */
  agent: string;
  name: string;
  /** What it is told. */
  prompt: string;
  jitterMs: number;
}

/**
 * Wakes an agent again and again. Times that were missed (the house was down, the agent stopped) are made up for once, not
 * once each. An agent makes schedules for itself only.
 */
export async function createSchedule(context: Context, officeId: string, input: ScheduleInput): Promise<Schedule> {
  checkTiming(input);
  if (input.prompt.trim() === '' || input.prompt.length > PROMPT_CHARS_MAX)
    throw errors.validationFailed('prompt', `is empty or longer than ${PROMPT_CHARS_MAX} characters`);
  if (!(input.jitterMs >= 0 && input.jitterMs <= JITTER_MS_MAX))
    throw errors.validationFailed('jitter_seconds', `is not between 0 and ${JITTER_MS_MAX / 1000}`);
  return inTransaction(context, async (tx) => {
    const agent = await loadAgent(tx, officeId, input.agent, 'tasks:write');
    const { principal } = tx;
    if (principal.kind === 'agent' && principal.agentId !== agent.id) throw errors.forbidden('agents:write');
    const { count } = await tx.db
      .selectFrom('schedules')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('agent_id', '=', agent.id)
      .executeTakeFirstOrThrow();
    if (Number(count) >= PER_AGENT_MAX) throw errors.conflict(`${agent.name} has ${PER_AGENT_MAX} schedules already.`);
    const now = tx.house.clock.now();
    if (input.onceAt != null && input.onceAt <= now) throw errors.validationFailed('at', 'is in the past');
    const id = newId();
    const schedule = await tx.db
      .insertInto('schedules')
      .values({
        id,
        organization_id: agent.organization_id,
        office_id: agent.office_id,
        agent_id: agent.id,
        name: input.name.trim() === '' ? input.prompt.slice(0, 60) : input.name,
        cron: input.cron,
        every_ms: input.everyMs,
        once_at: input.onceAt ?? null,
        timezone: input.timezone,
        prompt: input.prompt,
        jitter_ms: input.jitterMs,
        is_enabled: true,
        next_at: nextFiring({ ...input, id, madeAt: now }, now),
        last_fired_at: null,
        fired: 0,
        created_by: principal.kind === 'agent' ? principal.name : 'user',
        created_at: now,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    record(tx, {
      organizationId: schedule.organization_id,
      officeId: schedule.office_id,
      agentId: agent.id,
      type: 'schedule.created',
      subjectId: schedule.id,
      data: { name: schedule.name, next_at: schedule.next_at },
    });
    return schedule;
  });
}

/** Wakes an agent at an interval for what its checklist asks; more often than a schedule may fire, as often as it may. */
export async function createHeartbeat(
  context: Context,
  agent: { id: string; office_id: string },
  everyMs: number,
): Promise<Schedule> {
  return createSchedule(context, agent.office_id, {
    agent: agent.id,
    name: 'heartbeat',
    prompt: HEARTBEAT_PROMPT,
    cron: null,
    everyMs: Math.max(everyMs, EVERY_MS_MIN),
    timezone: 'UTC',
    jitterMs: 0,
  });
}

/** The schedules of an office, or of one of its agents, oldest first. */
export async function listSchedules(
  context: Context,
  officeId: string,
  filter: { agentId?: string | undefined },
  page: PageRequest,
): Promise<Page<Schedule>> {
  const office = await loadOffice(context, officeId, 'agents:read');
  let query = context.db
    .selectFrom('schedules')
    .selectAll()
    .where('office_id', '=', office.id)
    .orderBy('id')
    .limit(page.limit + 1);
  if (filter.agentId !== undefined) query = query.where('agent_id', '=', filter.agentId);
  if (page.cursor !== undefined) query = query.where('id', '>', decodeCursor(page.cursor, 'string')[0]);
  return pageOf(await query.execute(), page.limit, (schedule) => [schedule.id]);
}

/** Ends a schedule. An agent ends its own only. */
export async function deleteSchedule(context: Context, officeId: string, scheduleId: string): Promise<void> {
  await inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'tasks:write');
    const schedule = await tx.db
      .selectFrom('schedules')
      .selectAll()
      .where('id', '=', scheduleId)
      .where('office_id', '=', office.id)
      .executeTakeFirst();
    const isOthers = tx.principal.kind === 'agent' && schedule?.agent_id !== tx.principal.agentId;
    if (schedule === undefined || isOthers) throw errors.notFound('schedule', scheduleId);
    await tx.db.deleteFrom('schedules').where('id', '=', schedule.id).execute();
    record(tx, {
      organizationId: schedule.organization_id,
      officeId: schedule.office_id,
      agentId: schedule.agent_id,
      type: 'schedule.deleted',
      subjectId: schedule.id,
      data: { name: schedule.name },
    });
  });
}

const FIRE_MAX = 200;

/**
 * Fires what is due, each in one transaction with its message, its run and its next time: no crash fires it twice or loses
 * it. A schedule whose agent was fired ends.
 */
export async function fireSchedules(context: Context): Promise<number> {
  const now = context.house.clock.now();
  const due = await context.db
    .selectFrom('schedules')
    .select(['id', 'next_at'])
    .where('is_enabled', '=', true)
    .where('next_at', '<=', now)
    .orderBy('next_at')
    .limit(FIRE_MAX)
    .execute();
  let fired = 0;
  for (const { id, next_at } of due) {
    try {
      if (await fire(context, id, next_at)) fired += 1;
    } catch (error) {
      // One that cannot fire must not keep the others from it; it is tried again, and says so.
      if (!(error instanceof GuildhallError)) throw error;
      await putOff(context, id, next_at, error);
    }
  }
  return fired;
}

const PUT_OFF_MS = 60_000;

async function putOff(context: Context, id: string, seenAt: number, error: GuildhallError): Promise<void> {
  await inTransaction(context, async (tx) => {
    const schedule = await tx.db
      .updateTable('schedules')
      .set({ next_at: tx.house.clock.now() + PUT_OFF_MS })
      .where('id', '=', id)
      .where('next_at', '=', seenAt)
      .returningAll()
      .executeTakeFirst();
    if (schedule === undefined) return;
    record(tx, {
      organizationId: schedule.organization_id,
      officeId: schedule.office_id,
      agentId: schedule.agent_id,
      type: 'schedule.failed',
      subjectId: schedule.id,
      data: { name: schedule.name, reason: error.message },
    });
  });
}

/** Whether something that this schedule asked for still waits or is under way: then asking again would only pile up. */
async function isStillAtIt(tx: Context, agentId: string): Promise<boolean> {
  const open = await tx.db
    .selectFrom('runs')
    .innerJoin('messages', 'messages.id', 'runs.cause_id')
    .select('runs.id')
    .where('runs.agent_id', '=', agentId)
    .where(isOpenRun)
    .where('runs.cause_kind', '=', 'message')
    .where('messages.sender', '=', SCHEDULE_SPEAKER)
    .limit(1)
    .executeTakeFirst();
  return open !== undefined;
}

async function fire(context: Context, id: string, seenAt: number): Promise<boolean> {
  return inTransaction(context, async (tx) => {
    const now = tx.house.clock.now();
    const query = tx.db.selectFrom('schedules').selectAll().where('id', '=', id).where('next_at', '=', seenAt);
    const schedule = await (tx.house.engine.kind === 'postgres' ? query.forUpdate() : query).executeTakeFirst();
    if (schedule === undefined) return false;
    const agent = await tx.db
      .selectFrom('agents')
      .select(['name', 'state', 'run_mode', 'deleted_at'])
      .where('id', '=', schedule.agent_id)
      .executeTakeFirst();
    if (agent === undefined || agent.deleted_at !== null) {
      await tx.db.deleteFrom('schedules').where('id', '=', id).execute();
      return false;
    }
    const isFree = agent.run_mode !== 'task' && agent.state === 'active' && !(await isStillAtIt(tx, schedule.agent_id));
    if (schedule.once_at !== null) return fireOnce(tx, schedule, agent.name, isFree);
    const timing = {
      id,
      cron: schedule.cron,
      everyMs: schedule.every_ms,
      timezone: schedule.timezone,
      madeAt: schedule.created_at,
      jitterMs: schedule.jitter_ms,
    };
    await tx.db
      .updateTable('schedules')
      .set({
        next_at: nextFiring(timing, now),
        last_fired_at: now,
        fired: schedule.fired + 1,
      })
      .where('id', '=', id)
      .execute();
    if (isFree) await wakeBy(tx, schedule, agent.name);
    return isFree;
  });
}

/** Fires and ends; waits while the agent cannot be woken, for there is no next time. */
async function fireOnce(tx: Context, schedule: Schedule, agentName: string, isFree: boolean): Promise<boolean> {
  if (isFree) {
    await tx.db.deleteFrom('schedules').where('id', '=', schedule.id).execute();
    await wakeBy(tx, schedule, agentName);
  } else {
    const next_at = tx.house.clock.now() + PUT_OFF_MS;
    await tx.db.updateTable('schedules').set({ next_at }).where('id', '=', schedule.id).execute();
  }
  return isFree;
}

async function wakeBy(tx: Context, schedule: Schedule, agentName: string): Promise<void> {
  await sendMessage(tx, schedule.office_id, {
    to: { name: agentName },
    content: schedule.prompt,
    alias: SCHEDULE_SPEAKER,
  });
  record(tx, {
    organizationId: schedule.organization_id,
    officeId: schedule.office_id,
    agentId: schedule.agent_id,
    type: 'schedule.fired',
    subjectId: schedule.id,
    data: { name: schedule.name, due_at: schedule.next_at },
  });
}
