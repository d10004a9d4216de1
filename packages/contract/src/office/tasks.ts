import Type, { type Static } from 'typebox';
import { closed, instant, nullable, stringEnum } from '../shapes.ts';
import { verificationFields } from '../verification.ts';
import { PageQuery } from './offices.ts';

export const TaskParams = Type.Object({
  officeId: Type.String({ maxLength: 200 }),
  taskId: Type.String({ maxLength: 200, description: 'Id or number.' }),
});

export const TaskWord = stringEnum(
  ['queued', 'running', 'completed', 'failed'],
  'The office API’s word for the state.',
);

/** A task as lists show it: what tells it from others, without the proof of its work. */
export const TaskSummary = Type.Object({
  id: Type.String(),
  number: Type.Integer({ description: 'What the ops API calls `id`.' }),
  office_id: Type.String(),
  parent_id: nullable(Type.String()),
  title: Type.String(),
  description: Type.String(),
  kind: Type.String(),
  priority: Type.Integer({ description: '0 critical, 50 normal, 100 low.' }),
  status: TaskWord,
  state: stringEnum(['queued', 'claimed', 'review', 'done', 'failed', 'blocked', 'cancelled'], 'The exact state.'),
  assigned_to: nullable(Type.String()),
  reviewer: nullable(Type.String()),
  verification_type: Type.String(),
  attempts: Type.Integer(),
  progress: Type.Integer(),
  result: nullable(Type.String()),
  blocked_reason: nullable(Type.String()),
  created_by: Type.String(),
  created_at: instant('When it was filed.'),
  updated_at: instant('When it last changed.'),
  completed_at: nullable(instant('When it ended.')),
});
export type TaskSummary = Static<typeof TaskSummary>;

export const Task = Type.Object({
  ...TaskSummary.properties,
  evidence: Type.Record(Type.String(), Type.Unknown()),
  review_notes: nullable(Type.String()),
  usage: Type.Object(
    {
      runs: Type.Integer(),
      input_tokens: Type.Integer(),
      output_tokens: Type.Integer(),
      cost_credits: Type.Number(),
    },
    { description: 'Of all its runs, reviews among them.' },
  ),
});
export type Task = Static<typeof Task>;

const AgentName = Type.String({ maxLength: 300 });

export const CreateTaskRequest = closed({
  title: Type.String({ maxLength: 2_000 }),
  description: Type.Optional(Type.String({ maxLength: 100_000 })),
  kind: Type.Optional(Type.String({ maxLength: 100 })),
  priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 100, description: '0 critical, 50 normal, 100 low.' })),
  assigned_to: Type.Optional(AgentName),
  assignedAgent: Type.Optional(AgentName),
  reviewer: Type.Optional(AgentName),
  review: Type.Optional(Type.Boolean({ description: 'The result waits for somebody to accept it.' })),
  ...verificationFields,
  parentId: Type.Optional(Type.Union([Type.String({ maxLength: 200 }), Type.Integer()])),
  dependsOn: Type.Optional(
    Type.Union([
      Type.String({ maxLength: 4_000, description: 'Comma-separated ids or numbers.' }),
      Type.Array(Type.String({ maxLength: 200 }), { maxItems: 50 }),
    ]),
  ),
});
export type CreateTaskRequest = Static<typeof CreateTaskRequest>;

export const EvidenceCheckRequest = closed({
  result: Type.Optional(Type.String({ maxLength: 200_000 })),
  evidence: Type.Optional(Type.Object({}, { additionalProperties: true })),
});
export type EvidenceCheckRequest = Static<typeof EvidenceCheckRequest>;

export const EvidenceCheck = Type.Object({
  passes: Type.Boolean(),
  verification_type: Type.String(),
  missing: Type.Array(Type.Object({ field: Type.String(), reason: Type.String() })),
  example: Type.Record(Type.String(), Type.Unknown(), { description: 'What would pass.' }),
});
export type EvidenceCheck = Static<typeof EvidenceCheck>;

export const TaskListQuery = Type.Object({
  ...PageQuery.properties,
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000 })),
  status: Type.Optional(Type.String({ maxLength: 200, description: 'Comma-separated words of any of the APIs.' })),
});

export const TaskStats = Type.Object({
  total: Type.Integer(),
  queued: Type.Integer(),
  running: Type.Integer(),
  completed: Type.Integer(),
  failed: Type.Integer(),
  by_state: Type.Record(Type.String(), Type.Integer()),
});
export type TaskStats = Static<typeof TaskStats>;
