import Type, { type Static } from 'typebox';
import { closed, instant, nullable } from '../shapes.ts';
import { PageQuery } from './offices.ts';

export const ScheduleParams = Type.Object({
  officeId: Type.String({ maxLength: 200 }),
  scheduleId: Type.String({ maxLength: 200 }),
});

export const Schedule = Type.Object({
  id: Type.String(),
  agent: Type.String({ description: 'Who is woken.' }),
  name: Type.String(),
  prompt: Type.String({ description: 'What the agent is told.' }),
  cron: nullable(Type.String({ description: 'Five fields, in the time zone.' })),
  every_seconds: nullable(Type.Number()),
  at: nullable(instant('When it fires, if only once.')),
  timezone: Type.String(),
  jitter_seconds: Type.Number({ description: 'It fires up to so much later, to spread the load.' }),
  next_at: instant('When it fires next.'),
  last_fired_at: nullable(instant('When it fired last.')),
  fired: Type.Integer({ description: 'How often it has fired.' }),
  created_by: Type.String(),
});
export type Schedule = Static<typeof Schedule>;

export const CreateScheduleRequest = closed({
  agent: Type.String({ minLength: 1, maxLength: 300 }),
  prompt: Type.String({ minLength: 1, maxLength: 20_000 }),
  name: Type.Optional(Type.String({ maxLength: 200 })),
  cron: Type.Optional(Type.String({ maxLength: 200 })),
  every_seconds: Type.Optional(Type.Number({ minimum: 10 })),
  at: Type.Optional(Type.String({ maxLength: 40, description: 'Once, at this time (ISO 8601).' })),
  timezone: Type.Optional(Type.String({ maxLength: 100, description: 'IANA name; UTC when left out.' })),
  jitter_seconds: Type.Optional(Type.Number({ minimum: 0, maximum: 3_600 })),
});
export type CreateScheduleRequest = Static<typeof CreateScheduleRequest>;

export const ScheduleListQuery = Type.Object({
  ...PageQuery.properties,
  agent: Type.Optional(Type.String({ maxLength: 300 })),
});
