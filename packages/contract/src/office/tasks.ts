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
  /** The spellings of the other family of clients stand beside the seed's (spec: mitosis.md 2). */
  assigned_agent: nullable(Type.String({ description: 'As `assigned_to`.' })),
  reviewer: nullable(Type.String()),
  verification_type: Type.String(),
  depends_on: Type.String({ description: 'Ids of the tasks that it waits for, comma-separated.' }),
  subtask_count: Type.Integer(),
  required_tools: Type.Array(Type.String(), {
    description: 'Integrations that have to be switched on for whoever works on it.',
  }),
  attempts: Type.Integer(),
  progress: Type.Integer(),
  result: nullable(Type.String()),
  result_summary: nullable(Type.String({ description: 'The beginning of `result`.' })),
  blocked_reason: nullable(Type.String()),
  created_by: Type.String(),
  created_at: instant('When it was filed.'),
  updated_at: instant('When it last changed.'),
  completed_at: nullable(instant('When it ended.')),
});
export type TaskSummary = Static<typeof TaskSummary>;

/** The same in the spelling of the other family of clients. */
const otherSpelling = {
  parentId: nullable(Type.Integer({ description: 'The number of the task that it is a part of.' })),
  dependsOn: Type.String(),
  requiredTools: Type.Array(Type.String()),
  assignedAgent: nullable(Type.String()),
  claimedBy: nullable(Type.String()),
  requestedBy: Type.String(),
  resultSummary: nullable(Type.String()),
  createdAt: instant('As `created_at`.'),
  updatedAt: instant('As `updated_at`.'),
  completedAt: nullable(instant('As `completed_at`.')),
};

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
  ...otherSpelling,
});
export type Task = Static<typeof Task>;

export const TaskComment = Type.Object({
  id: Type.String(),
  taskId: Type.String(),
  author: Type.String({ description: 'An agent’s name, or who a person is.' }),
  author_kind: Type.String(),
  body: Type.String(),
  createdAt: instant('When it was said.'),
});
export type TaskComment = Static<typeof TaskComment>;

export const TaskCommentRequest = closed({ body: Type.String({ minLength: 1, maxLength: 10_000 }) });
export type TaskCommentRequest = Static<typeof TaskCommentRequest>;

export const TaskLog = Type.Object({
  id: Type.String(),
  taskId: Type.String(),
  agent: nullable(Type.String()),
  event: Type.String({ description: 'As `task.claimed`.' }),
  message: Type.String(),
  createdAt: instant('When it happened.'),
});
export type TaskLog = Static<typeof TaskLog>;

const ArtifactKind = stringEnum(['file', 'link'], '`file`: on the drive; `link`: an address.');

export const TaskArtifact = Type.Object({
  id: Type.String(),
  taskId: Type.String(),
  kind: ArtifactKind,
  path: Type.String({ description: 'A name on the drive, or an address.' }),
  label: nullable(Type.String()),
  created_by: Type.String(),
  createdAt: instant('When it was named.'),
});
export type TaskArtifact = Static<typeof TaskArtifact>;

export const TaskArtifactRequest = closed({
  kind: Type.Optional(ArtifactKind),
  path: Type.String({ minLength: 1, maxLength: 2_000 }),
  label: Type.Optional(Type.String({ maxLength: 300 })),
});
export type TaskArtifactRequest = Static<typeof TaskArtifactRequest>;

/** A message that an agent sent while it worked on the task. */
export const LinkedMessage = Type.Object({
  id: Type.String(),
  conversation_id: Type.String(),
  from_agent: Type.String(),
  content: Type.String(),
  created_at: instant('When it was sent.'),
  conversationId: Type.String(),
  fromAgent: Type.String(),
  createdAt: instant('As `created_at`.'),
});

/** One task with the newest of what hangs on it. The lists have addresses of their own, where all of it is. */
export const TaskDetail = Type.Object({
  ...Task.properties,
  task: Task,
  logs: Type.Array(TaskLog),
  comments: Type.Array(TaskComment),
  subtasks: Type.Array(TaskSummary),
  artifacts: Type.Array(TaskArtifact),
  linkedMessages: Type.Array(LinkedMessage),
});
export type TaskDetail = Static<typeof TaskDetail>;

const AgentName = Type.String({ maxLength: 300 });

const TaskKey = Type.Union([Type.String({ maxLength: 200 }), Type.Integer()], { description: 'Id or number.' });
const TaskKeys = Type.Union(
  [
    Type.String({ maxLength: 4_000, description: 'Comma-separated ids or numbers.' }),
    Type.Integer(),
    Type.Array(Type.Union([Type.String({ maxLength: 200 }), Type.Integer()]), { maxItems: 50 }),
  ],
  { description: 'What must be done first.' },
);
const RequiredTools = Type.Array(Type.String({ maxLength: 100 }), {
  maxItems: 20,
  description: 'Ids of integrations that have to be switched on for whoever works on it.',
});

/** Both spellings of a field mean the same (spec: mitosis.md 9). */
export const CreateTaskRequest = closed({
  title: Type.String({ maxLength: 2_000 }),
  description: Type.Optional(Type.String({ maxLength: 100_000 })),
  kind: Type.Optional(Type.String({ maxLength: 100 })),
  priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 100, description: '0 critical, 50 normal, 100 low.' })),
  assigned_to: Type.Optional(AgentName),
  assigned_agent: Type.Optional(AgentName),
  assignedAgent: Type.Optional(AgentName),
  reviewer: Type.Optional(AgentName),
  review: Type.Optional(Type.Boolean({ description: 'The result waits for somebody to accept it.' })),
  ...verificationFields,
  parentId: Type.Optional(TaskKey),
  parent_id: Type.Optional(TaskKey),
  dependsOn: Type.Optional(TaskKeys),
  depends_on: Type.Optional(TaskKeys),
  requiredTools: Type.Optional(RequiredTools),
  required_tools: Type.Optional(RequiredTools),
});
export type CreateTaskRequest = Static<typeof CreateTaskRequest>;

export const UpdateTaskRequest = closed({
  title: Type.Optional(Type.String({ maxLength: 2_000 })),
  description: Type.Optional(Type.String({ maxLength: 100_000 })),
  kind: Type.Optional(Type.String({ maxLength: 100 })),
  priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
  assigned_to: Type.Optional(nullable(AgentName)),
  assigned_agent: Type.Optional(nullable(AgentName)),
  assignedAgent: Type.Optional(nullable(AgentName)),
  status: Type.Optional(
    Type.String({
      maxLength: 30,
      description:
        '`running` claims it; `completed` needs `result` (and evidence, as its verification_type asks); `failed` blocks it with `error` until a person looks; `queued` puts it back; `cancelled` gives it up.',
    }),
  ),
  result: Type.Optional(Type.String({ maxLength: 100_000 })),
  evidence: Type.Optional(Type.Object({}, { additionalProperties: true })),
  error: Type.Optional(Type.String({ maxLength: 2_000 })),
  progress: Type.Optional(Type.Number({ minimum: 0, maximum: 100, description: 'Percent.' })),
  fence: Type.Optional(Type.Integer({ description: 'The claim that you work under.' })),
});
export type UpdateTaskRequest = Static<typeof UpdateTaskRequest>;

export const VerifyTaskRequest = closed({
  accepted: Type.Boolean(),
  reviewer: Type.Optional(
    Type.String({ maxLength: 300, description: 'Who looked, when a person or a program tells it.' }),
  ),
  comments: Type.Optional(Type.String({ maxLength: 10_000, description: 'What is missing, when not accepted.' })),
});
export type VerifyTaskRequest = Static<typeof VerifyTaskRequest>;

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
  assigned_to: Type.Optional(AgentName),
  assigned_agent: Type.Optional(AgentName),
  assignedAgent: Type.Optional(AgentName),
  parent: Type.Optional(
    Type.String({ maxLength: 200, description: 'Id or number of the task that they are parts of.' }),
  ),
  q: Type.Optional(Type.String({ maxLength: 200, description: 'Words in title and description.' })),
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
