import { office } from '@guildhall/contract';
import { formatInstant, parseInstant } from '@guildhall/kernel';
import Type from 'typebox';
import { agentNames, loadAgent } from '../../domain/agents/index.ts';
import type { Context } from '../../domain/context/index.ts';
import { createSchedule, deleteSchedule, listSchedules, type Schedule } from '../../domain/schedules/index.ts';
import { Answer, type Door, itemsWithCursor } from '../../http/index.ts';

const LIMIT_DEFAULT = 100;

async function presentSchedules(context: Context, schedules: readonly Schedule[]): Promise<office.Schedule[]> {
  const names = await agentNames(
    context,
    schedules.map((schedule) => schedule.agent_id),
  );
  return schedules.map((schedule) => ({
    id: schedule.id,
    agent: names.get(schedule.agent_id) ?? schedule.agent_id,
    name: schedule.name,
    prompt: schedule.prompt,
    cron: schedule.cron,
    every_seconds: schedule.every_ms === null ? null : schedule.every_ms / 1000,
    at: schedule.once_at === null ? null : formatInstant(schedule.once_at),
    timezone: schedule.timezone,
    jitter_seconds: schedule.jitter_ms / 1000,
    next_at: formatInstant(schedule.next_at),
    last_fired_at: schedule.last_fired_at === null ? null : formatInstant(schedule.last_fired_at),
    fired: schedule.fired,
    created_by: schedule.created_by,
  }));
}

/** Waking agents at set times. Ours: the seeds have no route for it. */
export function scheduleRoutes(door: Door): void {
  const tag = 'Schedules';
  const base = '/api/v1/offices/:officeId/schedules';
  door.route(
    {
      method: 'POST',
      path: base,
      id: 'schedules.create',
      tag,
      summary: 'Wake an agent again and again, or once',
      description: 'What was missed while the house was down is made up for once, not once each.',
      params: office.OfficeParams,
      body: office.CreateScheduleRequest,
      answers: { 201: office.Schedule },
      fails: [404, 409],
      idempotent: true,
    },
    async ({ context, params, body }) => {
      const schedule = await createSchedule(context, params.officeId, {
        agent: body.agent,
        name: body.name ?? '',
        prompt: body.prompt,
        cron: body.cron ?? null,
        everyMs: body.every_seconds === undefined ? null : body.every_seconds * 1000,
        onceAt: body.at === undefined ? null : (parseInstant(body.at) ?? Number.NaN),
        timezone: body.timezone ?? 'UTC',
        jitterMs: (body.jitter_seconds ?? 0) * 1000,
      });
      const [presented] = await presentSchedules(context, [schedule]);
      return presented;
    },
  );
  door.route(
    {
      method: 'GET',
      path: base,
      id: 'schedules.list',
      tag,
      summary: 'The schedules of an office',
      params: office.OfficeParams,
      query: office.ScheduleListQuery,
      answers: { 200: Type.Array(office.Schedule) },
      fails: [404],
    },
    async ({ context, params, query, reply }) => {
      const agent =
        query.agent === undefined ? undefined : await loadAgent(context, params.officeId, query.agent, 'agents:read');
      const page = { limit: query.limit ?? LIMIT_DEFAULT, cursor: query.cursor };
      const schedules = await listSchedules(context, params.officeId, { agentId: agent?.id }, page);
      return presentSchedules(context, itemsWithCursor(reply, schedules));
    },
  );
  door.route(
    {
      method: 'DELETE',
      path: `${base}/:scheduleId`,
      id: 'schedules.delete',
      tag,
      summary: 'End a schedule',
      params: office.ScheduleParams,
      answers: { 204: null },
      fails: [404],
    },
    async ({ context, params }) => {
      await deleteSchedule(context, params.officeId, params.scheduleId);
      return new Answer(204, undefined);
    },
  );
}
