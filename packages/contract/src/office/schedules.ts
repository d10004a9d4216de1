import Type, { type Static } from 'typebox';
import { closed, instant, nullable } from '../shapes.ts';
import { OfficeParams, PageQuery } from './offices.ts';

export const ScheduleParams = Type.Object({
  ...OfficeParams.properties,
  scheduleId: Type.String({ maxLength: 200, description: 'Id of a schedule, as the list has it.' }),
});

export const Schedule = Type.Object({
  id: Type.String({ description: 'The `scheduleId` in addresses.' }),
  agent: Type.String({ description: 'Who is woken.' }),
  name: Type.String({ description: 'As it was given; else the beginning of `prompt`.' }),
  prompt: Type.String({ description: 'What the agent is told.' }),
  cron: nullable(Type.String({ description: 'Five fields, in the time zone.' })),
  every_seconds: nullable(
    Type.Number({
      description: 'From one time to the next, counted from when it was made; null when it goes by `cron` or `at`.',
    }),
  ),
  at: nullable(instant('When it fires, if only once.')),
  timezone: Type.String({ description: 'IANA name; `cron` is read in it.' }),
  jitter_seconds: Type.Number({ description: 'It fires up to so much later, to spread the load.' }),
  next_at: instant('When it fires next.'),
  last_fired_at: nullable(instant('When it fired last.')),
  fired: Type.Integer({ description: 'How often it has fired.' }),
  created_by: Type.String({ description: 'An agent’s name, or `user`.' }),
});
export type Schedule = Static<typeof Schedule>;

export const CreateScheduleRequest = closed({
  agent: Type.String({
    minLength: 1,
    maxLength: 300,
    description: 'Who is to be woken: name, number or id. An agent may name itself only.',
  }),
  prompt: Type.String({
    minLength: 1,
    maxLength: 20_000,
    description:
      'What the agent is told. `HEARTBEAT.md` alone means its file of that name, and wakes nobody while that is empty.',
  }),
  name: Type.Optional(
    Type.String({ maxLength: 200, description: 'The first 60 characters of `prompt` when left out.' }),
  ),
  cron: Type.Optional(
    Type.String({
      maxLength: 200,
      description: 'Five fields, in the time zone. Exactly one of `cron`, `every_seconds` and `at` is needed.',
    }),
  ),
  every_seconds: Type.Optional(Type.Number({ minimum: 10, description: 'At least 10, at most 366 days.' })),
  at: Type.Optional(Type.String({ maxLength: 40, description: 'Once, at this time (ISO 8601).' })),
  timezone: Type.Optional(Type.String({ maxLength: 100, description: 'IANA name; UTC when left out.' })),
  jitter_seconds: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 3_600,
      description: 'It fires up to so much later, to spread the load; 0 when left out.',
    }),
  ),
});
export type CreateScheduleRequest = Static<typeof CreateScheduleRequest>;

export const ScheduleListQuery = Type.Object({
  ...PageQuery.properties,
  agent: Type.Optional(Type.String({ maxLength: 300, description: 'Only those of this agent: name, number or id.' })),
});
