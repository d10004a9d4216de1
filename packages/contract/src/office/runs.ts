import Type, { type Static } from 'typebox';
import { closed, instant, nullable, stringEnum } from '../shapes.ts';
import { OfficeParams, PageQuery } from './offices.ts';

export const RunParams = Type.Object({
  ...OfficeParams.properties,
  runId: Type.String({ maxLength: 200, description: 'Id of a run, as the list has it.' }),
});

const runStatuses = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;

export const Run = Type.Object({
  id: Type.String({ description: 'The `runId` in addresses.' }),
  agent: Type.String({ description: 'Its name.' }),
  cause: stringEnum(['message', 'task', 'review'], 'What woke the agent.'),
  cause_id: Type.String({ description: 'The message, or the task and its round.' }),
  driver: Type.String({
    description:
      'What thinks in it: `reflex`, `model`, `claude-code`, `openclaw`. It is settled when the run is queued.',
  }),
  model: nullable(Type.String({ description: 'The model that answered last, `provider:model`.' })),
  status: stringEnum(runStatuses, 'Where it is.'),
  waiting_for: nullable(Type.String({ description: 'Why a queued run does not start.' })),
  not_before: nullable(instant('When a waiting run may start.')),
  queue_position: nullable(
    Type.Integer({ description: 'Of a queued run, in the whole house; with a single run only.' }),
  ),
  current_step: nullable(Type.String({ description: 'The tool or model at work.' })),
  attempts: Type.Integer({
    description: 'How often a worker has taken it up; waiting for money or for people does not count.',
  }),
  summary: nullable(Type.String({ description: 'What came of it, in a line; null before its end.' })),
  failure: nullable(
    Type.Object(
      {
        code: Type.String({ description: 'Stable, such as `budget_exhausted` or `model_unavailable`.' }),
        mend: Type.String({ description: 'What to do about it.' }),
      },
      { description: 'Why it ended badly; null when it did not.' },
    ),
  ),
  cost_credits: Type.Number({ description: 'What it has cost so far.' }),
  input_tokens: Type.Integer({ description: 'Told to models so far, those that a provider had kept among them.' }),
  output_tokens: Type.Integer({ description: 'Written by models so far.' }),
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
  seq: Type.Integer({ description: 'From 1, in the order in which they began.' }),
  kind: stringEnum(['model', 'summary', 'tool', 'note'], 'An answer, what a compaction kept, a call, or a remark.'),
  name: Type.String({ description: 'The model, the tool, or what the remark is about.' }),
  call_id: nullable(Type.String({ description: 'Of a call, unique in the run; null for other steps.' })),
  arguments: Type.Record(Type.String(), Type.Unknown(), {
    description: 'What a tool was called with, or what a remark says.',
  }),
  status: stringEnum(['started', 'done', 'failed'], '`started` has no outcome yet.'),
  result: Type.Unknown({ description: 'What the tool or the model answered; null while it is under way.' }),
  input_tokens: Type.Integer({ description: 'Told to the model in this step; 0 when none was asked.' }),
  cached_input_tokens: Type.Integer({ description: 'Of the input tokens, those that the provider had kept.' }),
  output_tokens: Type.Integer({ description: 'Written by the model in this step.' }),
  cost_credits: Type.Number({ description: 'Of this step alone.' }),
  duration_ms: nullable(Type.Integer({ description: 'Null while it is under way.' })),
  at: instant('When it began.'),
});
export type RunStep = Static<typeof RunStep>;

export const ApprovalParams = Type.Object({
  ...OfficeParams.properties,
  approvalId: Type.String({ maxLength: 200, description: 'Id of an approval, as the list has it.' }),
});

const approvalStates = ['pending', 'approved', 'denied', 'expired', 'used'] as const;

export const Approval = Type.Object({
  id: Type.String({ description: 'The `approvalId` in addresses.' }),
  agent: Type.String({ description: 'Who asks.' }),
  run_id: Type.String({ description: 'The run that waits for it.' }),
  tool: Type.String({ description: 'Name of the tool that is to be used.' }),
  risk: Type.String({
    description:
      'What harm it can do: `read` none, `local` what the office can mend, `outward` what is seen outside or cannot be undone.',
  }),
  arguments: Type.Record(Type.String(), Type.Unknown(), { description: 'Exactly what is asked for.' }),
  state: stringEnum(approvalStates, 'An approved call becomes `used` when it is made; it is good once.'),
  asked_at: instant('When it was asked for.'),
  expires_at: instant('Until when somebody has to decide.'),
  decided_at: nullable(instant('When it was decided.')),
  decided_by: nullable(Type.String({ description: 'Kind and id of who decided, as `user:…`; null when nobody has.' })),
  note: nullable(Type.String({ description: 'What was said with the decision; null for nothing.' })),
});
export type Approval = Static<typeof Approval>;

export const ApprovalListQuery = Type.Object({
  ...PageQuery.properties,
  state: Type.Optional(stringEnum(approvalStates, 'Only these.')),
});

export const ApprovalDecision = closed({
  approve: Type.Boolean({ description: 'False refuses it.' }),
  note: Type.Optional(Type.String({ maxLength: 2_000, description: 'Told to the agent.' })),
});
export type ApprovalDecision = Static<typeof ApprovalDecision>;

export const DriverStatus = Type.Object({
  name: Type.String({ description: '`reflex`, `model`, `claude-code`, `openclaw` or `external`.' }),
  available: Type.Boolean({ description: 'Whether it can think for an agent now.' }),
  description: Type.String({ description: 'A sentence for people.' }),
  version: nullable(Type.String({ description: 'Of the program; null for what is a part of the house.' })),
  missing: nullable(Type.String({ description: 'What it lacks, and how to get it.' })),
  credentials: Type.Array(
    Type.Object({
      id: Type.String({ description: 'Such as `anthropic-1`; tells those of one provider apart.' }),
      provider: Type.String({ description: '`anthropic`, `openai`, `openrouter` or `compatible`.' }),
      rests_until: nullable(instant('Set while the credential is not used because it failed.')),
    }),
    { description: 'Those that it may use, without what they hold.' },
  ),
});
export type DriverStatus = Static<typeof DriverStatus>;
