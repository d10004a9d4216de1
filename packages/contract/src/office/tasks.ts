import Type, { type Static } from 'typebox';
import { closed, instant, nullable, stringEnum } from '../shapes.ts';
import { verificationFields } from '../verification.ts';
import { OfficeParams, PageQuery } from './offices.ts';

export const TaskParams = Type.Object({
  ...OfficeParams.properties,
  taskId: Type.String({ maxLength: 200, description: 'Id or number.' }),
});

export const TaskWord = stringEnum(
  ['queued', 'running', 'completed', 'failed'],
  'The office API’s word for the state.',
);

/** The same in the spelling of the other family of clients. */
const otherSpelling = {
  parentId: nullable(Type.Integer({ description: 'The number of the task that it is a part of.' })),
  dependsOn: Type.String({ description: 'As `depends_on`.' }),
  requiredTools: Type.Array(Type.String(), { description: 'As `required_tools`.' }),
  assignedAgent: nullable(Type.String({ description: 'As `assigned_to`; null for nobody.' })),
  claimedBy: nullable(
    Type.String({
      description: 'Who works on it now, by kind and id: `run:…`, `agent:…`, `user:…`; null when nobody does.',
    }),
  ),
  requestedBy: Type.String({ description: 'As `created_by`.' }),
  resultSummary: nullable(Type.String({ description: 'As `result_summary`.' })),
  createdAt: instant('As `created_at`.'),
  updatedAt: instant('As `updated_at`.'),
  completedAt: nullable(instant('As `completed_at`; null before.')),
};

/** A task as lists show it: what tells it from others, without the proof of its work. */
export const TaskSummary = Type.Object({
  id: Type.String({ description: 'Never changes; good wherever `number` is.' }),
  number: Type.Integer({ description: 'What the ops API calls `id`.' }),
  office_id: Type.String({ description: 'The office that it was filed in.' }),
  parent_id: nullable(Type.String({ description: 'Id of the task that it is a part of; null for none.' })),
  title: Type.String({ description: 'At most 500 characters.' }),
  description: Type.String({ description: 'What is to be done, at most 50,000 characters; empty when nobody said.' }),
  kind: Type.String({
    description: 'A word of whoever filed it, such as `code` or `research`; `general` when there was none.',
  }),
  priority: Type.Integer({ description: '0 critical, 50 normal, 100 low.' }),
  status: TaskWord,
  state: stringEnum(['queued', 'claimed', 'review', 'done', 'failed', 'blocked', 'cancelled'], 'The exact state.'),
  assigned_to: Type.Optional(
    Type.String({ description: 'Name of the agent that is to do it; left out for nobody yet.' }),
  ),
  /** The spellings of the other family of clients stand beside the seed's (spec: mitosis.md 2). */
  assigned_agent: nullable(Type.String({ description: 'As `assigned_to`; null for nobody.' })),
  reviewer: nullable(Type.String({ description: 'Name of the agent that is to accept the result; null for none.' })),
  verification_type: Type.String({
    description: 'What proves that it is done: `manual`, `file_exists`, `sources`, `review`, `command` or `api_works`.',
  }),
  depends_on: Type.String({ description: 'Ids of the tasks that it waits for, comma-separated.' }),
  subtask_count: Type.Integer({ description: 'Tasks that are parts of this one, finished ones among them.' }),
  required_tools: Type.Array(Type.String(), {
    description: 'Integrations that have to be switched on for whoever works on it.',
  }),
  attempts: Type.Integer({ description: 'How often it was claimed since it was filed, sent back or reopened.' }),
  progress: Type.Integer({ description: 'Percent, as whoever works on it last told; 100 once a result is there.' }),
  result: nullable(
    Type.String({ description: 'What came out, in words; of one that failed, why. Null before the first.' }),
  ),
  result_summary: nullable(Type.String({ description: 'The beginning of `result`.' })),
  blocked_reason: nullable(Type.String({ description: 'Why it is blocked, or was when it was given up; null else.' })),
  created_by: Type.String({
    description: 'An agent’s name, a person’s mail address, or the kind of credential that filed it.',
  }),
  created_at: instant('When it was filed.'),
  updated_at: instant('When it last changed.'),
  completed_at: Type.Optional(instant('When it ended; left out before.')),
  ...otherSpelling,
});
export type TaskSummary = Static<typeof TaskSummary>;

export const Task = Type.Object({
  ...TaskSummary.properties,
  evidence: Type.Record(Type.String(), Type.Unknown(), {
    description: 'What was sent with the result: files, sources and what else; empty before.',
  }),
  review_notes: nullable(
    Type.String({ description: 'What was said when the result was accepted or sent back; null before.' }),
  ),
  usage: Type.Object(
    {
      runs: Type.Integer({ description: 'How many there were.' }),
      input_tokens: Type.Integer({ description: 'Told to models, those that a provider had kept among them.' }),
      output_tokens: Type.Integer({ description: 'Written by models.' }),
      cost_credits: Type.Number({ description: 'Credits, two decimals.' }),
    },
    { description: 'Of all its runs, reviews among them.' },
  ),
});
export type Task = Static<typeof Task>;

export const TaskComment = Type.Object({
  id: Type.String({ description: 'Later comments have greater ids.' }),
  taskId: Type.String({ description: 'Id of the task, not its number.' }),
  author: Type.String({ description: 'An agent’s name, or who a person is.' }),
  author_kind: Type.String({ description: '`user`, `agent`, `organization_key`, `order` or `system`.' }),
  body: Type.String({ description: '1 to 10,000 characters.' }),
  createdAt: instant('When it was said.'),
  task_id: Type.String({ description: 'As `taskId`.' }),
  created_at: instant('As `createdAt`.'),
});
export type TaskComment = Static<typeof TaskComment>;

export const TaskCommentRequest = closed({
  body: Type.String({
    minLength: 1,
    maxLength: 10_000,
    description: '1 to 10,000 characters; space around it is left out.',
  }),
});
export type TaskCommentRequest = Static<typeof TaskCommentRequest>;

export const TaskLog = Type.Object({
  id: Type.String({ description: 'The organisation’s id and the number of the event in its log.' }),
  taskId: Type.String({ description: 'Id of the task, not its number.' }),
  agent: nullable(
    Type.String({ description: 'Name of the agent whose doing it was; null when it was a person’s or the house’s.' }),
  ),
  event: Type.String({ description: 'As `task.claimed`.' }),
  message: Type.String({ description: 'The event in words, with what it told: `progressed: percent 40, step reads`.' }),
  createdAt: instant('When it happened.'),
  task_id: Type.String({ description: 'As `taskId`.' }),
  created_at: instant('As `createdAt`.'),
});
export type TaskLog = Static<typeof TaskLog>;

const ArtifactKind = stringEnum(['file', 'link'], '`file`: on the drive; `link`: an address.');

export const TaskArtifact = Type.Object({
  id: Type.String({ description: 'Later artifacts have greater ids.' }),
  taskId: Type.String({ description: 'Id of the task, not its number.' }),
  kind: ArtifactKind,
  path: Type.String({ description: 'A name on the drive, or an address.' }),
  label: nullable(Type.String({ description: 'What to call it, as it was given; null for none.' })),
  created_by: Type.String({
    description: 'An agent’s name, a person’s mail address, or the kind of credential that named it.',
  }),
  createdAt: instant('When it was named.'),
  task_id: Type.String({ description: 'As `taskId`.' }),
  created_at: instant('As `createdAt`.'),
});
export type TaskArtifact = Static<typeof TaskArtifact>;

export const TaskArtifactRequest = closed({
  kind: Type.Optional(ArtifactKind),
  path: Type.String({
    minLength: 1,
    maxLength: 2_000,
    description: 'The name of a file that is on the drive, or an http(s) address.',
  }),
  label: Type.Optional(Type.String({ maxLength: 300, description: 'What to call it; kept as sent.' })),
});
export type TaskArtifactRequest = Static<typeof TaskArtifactRequest>;

/** A message that an agent sent while it worked on the task. */
export const LinkedMessage = Type.Object({
  id: Type.String({ description: 'As in its conversation.' }),
  conversation_id: Type.String({ description: 'Id of the direct conversation or of the group.' }),
  from_agent: Type.String({ description: 'Name of the agent that sent it.' }),
  content: Type.String({ description: 'The whole text.' }),
  created_at: instant('When it was sent.'),
  conversationId: Type.String({ description: 'As `conversation_id`.' }),
  fromAgent: Type.String({ description: 'As `from_agent`.' }),
  createdAt: instant('As `created_at`.'),
});

/** One task with the newest of what hangs on it. The lists have addresses of their own, where all of it is. */
export const TaskDetail = Type.Object({
  ...Task.properties,
  task: Type.Object(Task.properties, { description: 'The same task once more, where other clients look for it.' }),
  logs: Type.Array(TaskLog, { description: 'The newest 50; all of them under …/logs.' }),
  comments: Type.Array(TaskComment, { description: 'The newest 50; all of them under …/comments.' }),
  subtasks: Type.Array(TaskSummary, { description: 'The newest 50; all of them under …/subtasks.' }),
  artifacts: Type.Array(TaskArtifact, { description: 'The newest 50; all of them under …/artifacts.' }),
  linkedMessages: Type.Array(LinkedMessage, {
    description: 'The newest 50 that agents sent while they worked on it; none without the right to read chat.',
  }),
});
export type TaskDetail = Static<typeof TaskDetail>;

const AgentName = (description: string) => Type.String({ maxLength: 300, description });

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
  title: Type.String({ maxLength: 2_000, description: '1 to 500 characters.' }),
  description: Type.Optional(
    Type.String({ maxLength: 100_000, description: 'What is to be done, at most 50,000 characters.' }),
  ),
  kind: Type.Optional(
    Type.String({
      maxLength: 100,
      description:
        'A word of your own, such as `code` or `research`; `general` when left out. It changes nothing here.',
    }),
  ),
  priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 100, description: '0 critical, 50 normal, 100 low.' })),
  assigned_to: Type.Optional(AgentName('Who is to do it: an agent by name, number or id; nobody yet when left out.')),
  assigned_agent: Type.Optional(AgentName('Other spelling of `assigned_to`.')),
  assignedAgent: Type.Optional(AgentName('Other spelling of `assigned_to`.')),
  reviewer: Type.Optional(
    AgentName(
      'Another agent, by name, number or id, that is to accept the result. Naming one asks for a review, unless `review` says no.',
    ),
  ),
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
  title: Type.Optional(Type.String({ maxLength: 2_000, description: '1 to 500 characters.' })),
  description: Type.Optional(
    Type.String({ maxLength: 100_000, description: 'What is to be done, at most 50,000 characters.' }),
  ),
  kind: Type.Optional(Type.String({ maxLength: 100, description: 'A word of your own; it changes nothing here.' })),
  priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 100, description: '0 critical, 50 normal, 100 low.' })),
  assigned_to: Type.Optional(
    nullable(AgentName('An agent by name, number or id; null for nobody. Only while the task is queued or blocked.')),
  ),
  assigned_agent: Type.Optional(nullable(AgentName('Other spelling of `assigned_to`.'))),
  assignedAgent: Type.Optional(nullable(AgentName('Other spelling of `assigned_to`.'))),
  dependsOn: Type.Optional(TaskKeys),
  depends_on: Type.Optional(TaskKeys),
  status: Type.Optional(
    Type.String({
      maxLength: 30,
      description:
        '`running` claims it; `completed` needs `result` (and evidence, as its verification_type asks); `failed` blocks it with `error` until a person looks; `queued` puts it back; `cancelled` gives it up.',
    }),
  ),
  result: Type.Optional(
    Type.String({ maxLength: 100_000, description: 'What came out, for `completed`; at most 100,000 characters.' }),
  ),
  evidence: Type.Optional(
    Type.Object(
      {},
      {
        additionalProperties: true,
        description:
          'What proves it: {files: [{name, sha256?}], sources: […], notes}. Heeded beside `result` only; others are kept as sent.',
      },
    ),
  ),
  error: Type.Optional(
    Type.String({
      maxLength: 2_000,
      description: 'Why, for `failed`; what is missing, when `queued` sends a result back. `result` stands in for it.',
    }),
  ),
  progress: Type.Optional(Type.Number({ minimum: 0, maximum: 100, description: 'Percent.' })),
  fence: Type.Optional(Type.Integer({ description: 'The claim that you work under.' })),
});
export type UpdateTaskRequest = Static<typeof UpdateTaskRequest>;

export const VerifyTaskRequest = closed({
  accepted: Type.Boolean({
    description: 'False sends it back to the queue; when that was done too often, it is blocked.',
  }),
  reviewer: Type.Optional(
    Type.String({ maxLength: 300, description: 'Who looked, when a person or a program tells it.' }),
  ),
  comments: Type.Optional(Type.String({ maxLength: 10_000, description: 'What is missing, when not accepted.' })),
});
export type VerifyTaskRequest = Static<typeof VerifyTaskRequest>;

export const EvidenceCheckRequest = closed({
  result: Type.Optional(Type.String({ maxLength: 200_000, description: 'As it would be sent with `completed`.' })),
  evidence: Type.Optional(
    Type.Object({}, { additionalProperties: true, description: 'As it would be sent with `completed`.' }),
  ),
});
export type EvidenceCheckRequest = Static<typeof EvidenceCheckRequest>;

export const EvidenceCheck = Type.Object({
  passes: Type.Boolean({ description: 'Whether nothing is missing.' }),
  verification_type: Type.String({
    description: 'What the task asks for: `manual`, `file_exists`, `sources`, `review`, `command` or `api_works`.',
  }),
  missing: Type.Array(
    Type.Object({
      field: Type.String({ description: 'As `result` or `evidence.files[0]`.' }),
      reason: Type.String({ description: 'What is wrong with it; reads on from `field`.' }),
    }),
    { description: 'Empty when it passes.' },
  ),
  example: Type.Record(Type.String(), Type.Unknown(), { description: 'What would pass.' }),
});
export type EvidenceCheck = Static<typeof EvidenceCheck>;

export const TaskListQuery = Type.Object({
  ...PageQuery.properties,
  offset: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 100_000,
      description: 'How many to skip; 0 when left out. A `cursor` does better.',
    }),
  ),
  status: Type.Optional(Type.String({ maxLength: 200, description: 'Comma-separated words of any of the APIs.' })),
  assigned_to: Type.Optional(AgentName('Only those of this agent: name, number or id.')),
  assigned_agent: Type.Optional(AgentName('Other spelling of `assigned_to`.')),
  assignedAgent: Type.Optional(AgentName('Other spelling of `assigned_to`.')),
  parent: Type.Optional(
    Type.String({ maxLength: 200, description: 'Id or number of the task that they are parts of.' }),
  ),
  parent_id: Type.Optional(Type.String({ maxLength: 200, description: 'Other spelling of `parent`.' })),
  q: Type.Optional(
    Type.String({
      maxLength: 200,
      description:
        'Words, the first eight: those that hold each of them anywhere in title or description, whatever its case.',
    }),
  ),
});

export const TaskStats = Type.Object({
  total: Type.Integer({ description: 'In all states.' }),
  queued: Type.Integer({ description: 'In the state `queued`.' }),
  pending: Type.Integer({ description: 'As `queued`.' }),
  claimed: Type.Integer({ description: 'In the state `claimed`.' }),
  done: Type.Integer({ description: 'As `completed`.' }),
  running: Type.Integer({ description: 'In the states `claimed` and `review`.' }),
  completed: Type.Integer({ description: 'In the state `done`.' }),
  failed: Type.Integer({ description: 'In the states `failed`, `blocked` and `cancelled`.' }),
  by_state: Type.Record(Type.String(), Type.Integer(), {
    description: 'Every exact state with its count, 0 among them.',
  }),
});
export type TaskStats = Static<typeof TaskStats>;
