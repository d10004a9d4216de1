import { defineTool } from '@guildhall/agent';
import { formatInstant } from '@guildhall/kernel';
import Type from 'typebox';
import type { Context } from '../../domain/context/index.ts';
import { createSchedule, deleteSchedule, listSchedules } from '../../domain/schedules/index.ts';
import type { HouseTool, ToolSetting } from './tool-setting.ts';

const LIST_MAX = 50;

/** Waking oneself. */
export function scheduleTools({ run }: ToolSetting): HouseTool[] {
  return [
    defineTool({
      name: 'schedule_create',
      description:
        'Wake yourself with a prompt: by cron (five fields), every so many seconds, or once in so many seconds (in_seconds).',
      risk: 'local',
      isAtomic: true,
      input: Type.Object({
        prompt: Type.String({ minLength: 1, maxLength: 20_000 }),
        cron: Type.Optional(Type.String({ maxLength: 200 })),
        every_seconds: Type.Optional(Type.Number({ minimum: 10 })),
        in_seconds: Type.Optional(Type.Number({ minimum: 1, maximum: 31_536_000 })),
        timezone: Type.Optional(Type.String({ maxLength: 100 })),
      }),
      run: async ({ prompt, cron, every_seconds, in_seconds, timezone }, { scope }: { scope: Context }) => {
        const schedule = await createSchedule(scope, run.office_id, {
          agent: run.agent_id,
          name: '',
          prompt,
          cron: cron ?? null,
          everyMs: every_seconds === undefined ? null : every_seconds * 1000,
          onceAt: in_seconds === undefined ? null : Math.round(scope.house.clock.now() + in_seconds * 1000),
          timezone: timezone ?? 'UTC',
          jitterMs: 0,
        });
        return { id: schedule.id, next_at: formatInstant(schedule.next_at) };
      },
    }),
    defineTool({
      name: 'schedule_list',
      description: 'Your schedules.',
      risk: 'read',
      input: Type.Object({}),
      run: async (_input, { scope }: { scope: Context }) => {
        const { items } = await listSchedules(scope, run.office_id, { agentId: run.agent_id }, { limit: LIST_MAX });
        return {
          schedules: items.map(({ id, prompt, cron, every_ms, next_at }) => ({
            id,
            prompt,
            cron,
            every_seconds: every_ms === null ? null : every_ms / 1000,
            next_at: formatInstant(next_at),
          })),
        };
      },
    }),
    defineTool({
      name: 'schedule_delete',
      description: 'End one of your schedules.',
      risk: 'local',
      isAtomic: true,
      input: Type.Object({ id: Type.String({ maxLength: 100 }) }),
      run: async ({ id }, { scope }: { scope: Context }) => {
        await deleteSchedule(scope, run.office_id, id);
        return {};
      },
    }),
  ];
}
