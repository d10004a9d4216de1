import Type, { type Static } from 'typebox';
import { closed, instant, nullable, stringEnum } from '../shapes.ts';
import { verificationFields } from '../verification.ts';
import { ListQuery } from './envelope.ts';

export const TaskParams = Type.Object({
  id: Type.String({ maxLength: 200, description: 'Number, or the office API’s id.' }),
});

const STATUS = ['todo', 'in_progress', 'review', 'done', 'blocked', 'archived'] as const;
const Priority = stringEnum(['P0', 'P1', 'P2', 'P3'], 'P0 is most urgent.');

export const Task = Type.Object({
  id: Type.Integer(),
  uuid: Type.String({ description: 'What the office API calls `id`.' }),
  title: Type.String(),
  description: Type.String(),
  status: stringEnum(STATUS, 'Where it stands.'),
  state: Type.String({ description: 'The exact state: failed shows as blocked, cancelled as archived.' }),
  priority: Priority,
  assignee: nullable(Type.String()),
  product: nullable(Type.String()),
  category: Type.String(),
  tags: Type.String(),
  estimated_minutes: nullable(Type.Integer()),
  due_date: nullable(Type.String()),
  progress_pct: Type.Integer(),
  current_step: nullable(Type.String()),
  completion_notes: nullable(Type.String()),
  completion_evidence: Type.Record(Type.String(), Type.Unknown()),
  verification_type: Type.String(),
  review_notes: nullable(Type.String()),
  blocked_reason: nullable(Type.String()),
  claimed_by: nullable(Type.String()),
  claimed_at: nullable(instant('When it was claimed.')),
  claim_fence: Type.Integer({ description: 'Send it back as `fence` to be told when the claim was lost.' }),
  attempt_count: Type.Integer(),
  created_by: Type.String(),
  created_at: instant('When it was filed.'),
  updated_at: instant('When it last changed.'),
  completed_at: nullable(instant('When it ended.')),
});
export type Task = Static<typeof Task>;

const Dependency = Type.Object({ id: Type.Integer(), title: Type.String(), status: Type.String() });
export const TaskDetail = Type.Object({
  ...Task.properties,
  blocked_by: Type.Array(Dependency, { description: 'What it waits for.' }),
  subtasks: Type.Array(Dependency),
});
export type TaskDetail = Static<typeof TaskDetail>;

export const TaskListQuery = Type.Object({
  ...ListQuery.properties,
  status: Type.Optional(
    Type.String({
      maxLength: 200,
      description: 'Comma-separated: todo, in_progress, review, done, blocked, archived.',
    }),
  ),
  q: Type.Optional(
    Type.String({
      maxLength: 200,
      description:
        'Words, the first eight: those that hold each of them anywhere in title or description, whatever its case.',
    }),
  ),
  assignee: Type.Optional(Type.String({ maxLength: 300, description: 'Agent name, number, or `me`.' })),
  next: Type.Optional(stringEnum(['true', 'false'], 'Only the most urgent open task of the assignee that may start.')),
});

export const CreateTaskRequest = closed({
  title: Type.String({ maxLength: 2_000 }),
  description: Type.Optional(Type.String({ maxLength: 100_000 })),
  status: Type.Optional(stringEnum(STATUS, 'todo when left out.')),
  priority: Type.Optional(Priority),
  assignee: Type.Optional(nullable(Type.String({ maxLength: 300 }))),
  product_slug: Type.Optional(Type.String({ maxLength: 200, description: 'Not available yet: answered with 501.' })),
  ...verificationFields,
  depends_on: Type.Optional(
    Type.Array(Type.Union([Type.Integer(), Type.String({ maxLength: 200 })]), { maxItems: 50 }),
  ),
});
export type CreateTaskRequest = Static<typeof CreateTaskRequest>;

export const UpdateTaskRequest = closed({
  title: Type.Optional(Type.String({ maxLength: 2_000 })),
  description: Type.Optional(Type.String({ maxLength: 100_000 })),
  status: Type.Optional(stringEnum([...STATUS, 'cancelled'], 'The state wanted.')),
  priority: Type.Optional(Priority),
  assignee: Type.Optional(nullable(Type.String({ maxLength: 300 }))),
  progress_pct: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
  current_step: Type.Optional(nullable(Type.String({ maxLength: 1_000 }))),
  completion_notes: Type.Optional(nullable(Type.String({ maxLength: 100_000, description: 'What came out.' }))),
  completion_evidence: Type.Optional(
    Type.Unknown({ description: 'What proves it: an object (files, sources, …) or a text.' }),
  ),
  blocked_reason: Type.Optional(nullable(Type.String({ maxLength: 2_000 }))),
  fence: Type.Optional(Type.Integer({ description: 'The claim_fence that you work under.' })),
});
export type UpdateTaskRequest = Static<typeof UpdateTaskRequest>;

export const Deleted = Type.Object({ id: Type.Integer(), deleted: Type.Boolean() });
