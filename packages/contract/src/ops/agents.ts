import Type, { type Static } from 'typebox';
import { closed, instant, nullable, stringEnum } from '../shapes.ts';
import { ListQuery } from './envelope.ts';

export const AgentParams = Type.Object({ name: Type.String({ maxLength: 300, description: 'Name or number.' }) });

export const Agent = Type.Object({
  id: Type.Integer(),
  uuid: Type.String(),
  name: Type.String(),
  display_name: Type.String(),
  role: Type.String(),
  status: stringEnum(['active', 'idle', 'offline', 'error', 'paused', 'stopped'], 'What it is at.'),
  model: Type.String(),
  driver: Type.String(),
  emoji: nullable(Type.String()),
  color: nullable(Type.String()),
  interval_sec: nullable(Type.Integer()),
  office_id: Type.String(),
  last_heartbeat: nullable(instant('When it last did something.')),
  created_at: instant('When it was hired.'),
});
export type Agent = Static<typeof Agent>;

export const AgentListQuery = Type.Object({
  ...ListQuery.properties,
  status: Type.Optional(Type.String({ maxLength: 200, description: 'Comma-separated: active, paused, stopped.' })),
});

export const CreateAgentRequest = closed({
  name: Type.String({ maxLength: 300 }),
  display_name: Type.Optional(Type.String({ maxLength: 200 })),
  role: Type.Optional(Type.String({ maxLength: 200 })),
  model: Type.Optional(Type.String({ maxLength: 100 })),
  interval_sec: Type.Optional(Type.Integer({ minimum: 1, maximum: 31_536_000 })),
  run_mode: Type.Optional(
    stringEnum(['task', 'cron', 'both'], 'What wakes it: what it is given, its interval, or both.'),
  ),
  emoji: Type.Optional(Type.String({ maxLength: 50 })),
  color: Type.Optional(Type.String({ pattern: '^#[0-9a-fA-F]{6}$', description: '#3b82f6' })),
});
export type CreateAgentRequest = Static<typeof CreateAgentRequest>;

export const NoteRequest = closed({ note: Type.Optional(Type.String({ maxLength: 2_000 })) });
export const Restarted = Type.Object({ ...Agent.properties, request_id: Type.String({ description: 'The receipt.' }) });
