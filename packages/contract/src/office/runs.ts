import Type, { type Static } from 'typebox';
import { closed, instant, nullable, stringEnum } from '../shapes.ts';
import { PageQuery } from './offices.ts';

export const RunParams = Type.Object({
  officeId: Type.String({ maxLength: 200 }),
  runId: Type.String({ maxLength: 200 }),
});

const runStatuses = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;

export const Run = Type.Object({
  id: Type.String(),
  agent: Type.String({ description: 'Its name.' }),
  cause: stringEnum(['message', 'task', 'review'], 'What woke the agent.'),
  cause_id: Type.String({ description: 'The message, or the task and its round.' }),
  driver: Type.String(),
  model: nullable(Type.String({ description: 'The model that answered last, `provider:model`.' })),
  status: stringEnum(runStatuses, 'Where it is.'),
  waiting_for: nullable(Type.String({ description: 'Why a queued run does not start.' })),
  not_before: nullable(instant('When a waiting run may start.')),
  queue_position: nullable(
    Type.Integer({ description: 'Of a queued run, in the whole house; with a single run only.' }),
  ),
  current_step: nullable(Type.String({ description: 'The tool or model at work.' })),
  attempts: Type.Integer(),
  summary: nullable(Type.String()),
  failure: nullable(Type.Object({ code: Type.String(), mend: Type.String({ description: 'What to do about it.' }) })),
  cost_credits: Type.Number(),
  input_tokens: Type.Integer(),
  output_tokens: Type.Integer(),
  created_at: instant('When it was queued.'),
  started_at: nullable(instant('When it began.')),
  finished_at: nullable(instant('When it ended.')),
});
export type Run = Static<typeof Run>;

export const RunListQuery = Type.Object({
  ...PageQuery.properties,
  agent: Type.Optional(Type.String({ maxLength: 300, description: 'Name or id.' })),
  status: Type.Optional(Type.String({ maxLength: 200, description: `Comma-separated: ${runStatuses.join(', ')}.` })),
});

export const RunStep = Type.Object({
  seq: Type.Integer(),
  kind: stringEnum(['model', 'summary', 'tool', 'note'], 'An answer, what a compaction kept, a call, or a remark.'),
  name: Type.String({ description: 'The model, the tool, or what the remark is about.' }),
  call_id: nullable(Type.String()),
  arguments: Type.Record(Type.String(), Type.Unknown()),
  status: stringEnum(['started', 'done', 'failed'], '`started` has no outcome yet.'),
  result: Type.Unknown(),
  input_tokens: Type.Integer(),
  cached_input_tokens: Type.Integer(),
  output_tokens: Type.Integer(),
  cost_credits: Type.Number(),
  duration_ms: nullable(Type.Integer()),
  at: instant('When it began.'),
});
export type RunStep = Static<typeof RunStep>;

export const ApprovalParams = Type.Object({
  officeId: Type.String({ maxLength: 200 }),
  approvalId: Type.String({ maxLength: 200 }),
});

const approvalStates = ['pending', 'approved', 'denied', 'expired', 'used'] as const;

export const Approval = Type.Object({
  id: Type.String(),
  agent: Type.String({ description: 'Who asks.' }),
  run_id: Type.String(),
  tool: Type.String(),
  risk: Type.String(),
  arguments: Type.Record(Type.String(), Type.Unknown(), { description: 'Exactly what is asked for.' }),
  state: stringEnum(approvalStates, 'An approved call becomes `used` when it is made; it is good once.'),
  asked_at: instant('When it was asked for.'),
  expires_at: instant('Until when somebody has to decide.'),
  decided_at: nullable(instant('When it was decided.')),
  decided_by: nullable(Type.String()),
  note: nullable(Type.String()),
});
export type Approval = Static<typeof Approval>;

export const ApprovalListQuery = Type.Object({
  ...PageQuery.properties,
  state: Type.Optional(stringEnum(approvalStates, 'Only these.')),
});

export const ApprovalDecision = closed({
  approve: Type.Boolean(),
  note: Type.Optional(Type.String({ maxLength: 2_000, description: 'Told to the agent.' })),
});
export type ApprovalDecision = Static<typeof ApprovalDecision>;

export const DriverStatus = Type.Object({
  name: Type.String(),
  available: Type.Boolean(),
  description: Type.String(),
  version: nullable(Type.String()),
  missing: nullable(Type.String({ description: 'What it lacks, and how to get it.' })),
  credentials: Type.Array(
    Type.Object({
      id: Type.String(),
      provider: Type.String(),
      rests_until: nullable(instant('Set while the credential is not used because it failed.')),
    }),
  ),
});
export type DriverStatus = Static<typeof DriverStatus>;
