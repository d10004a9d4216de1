import type { office } from '@guildhall/contract';
import { clipText, formatInstant } from '@guildhall/kernel';
import type { Context } from '../../domain/context/index.ts';
import {
  agentNamesOf,
  evidenceFor,
  numbersOf,
  type Task,
  type TaskArtifact,
  type TaskComment,
  type TaskLogLine,
  type TaskTies,
  taskLister,
  taskWords,
  tiesOf,
} from '../../domain/tasks/index.ts';
import type { TaskUsage } from '../../domain/usage/index.ts';

const SUMMARY_CHARS = 500;

const LISTED = [
  'id',
  'number',
  'parent_id',
  'title',
  'description',
  'kind',
  'priority',
  'state',
  'assignee_id',
  'reviewer_id',
  'verification_type',
  'attempts',
  'progress_percent',
  'result',
  'blocked_reason',
  'created_by',
  'claim_owner',
  'created_at',
  'updated_at',
  'completed_at',
] as const satisfies (keyof Task)[];
export type ListedTask = Pick<Task, (typeof LISTED)[number]>;

export const listTasks = taskLister(LISTED);

export async function presentTasks(
  context: Context,
  officeId: string,
  tasks: readonly ListedTask[],
  knownTies?: TaskTies,
): Promise<office.TaskSummary[]> {
  const names = await agentNamesOf(context, tasks);
  const tiesFor = knownTies === undefined ? await tiesOf(context, tasks) : () => knownTies;
  const parents = await numbersOf(
    context,
    tasks.flatMap(({ parent_id }) => (parent_id === null ? [] : [parent_id])),
  );
  const nameOf = (agentId: string | null) => (agentId === null ? null : (names.get(agentId) ?? null));
  return tasks.map((task) => {
    const assignee = nameOf(task.assignee_id);
    const { dependsOn, subtaskCount, requiredTools } = tiesFor(task.id);
    const summary = task.result === null ? null : clipText(task.result, SUMMARY_CHARS);
    const createdAt = formatInstant(task.created_at);
    const updatedAt = formatInstant(task.updated_at);
    const completedAt = task.completed_at === null ? null : formatInstant(task.completed_at);
    return {
      id: task.id,
      number: task.number,
      office_id: officeId,
      parent_id: task.parent_id,
      title: task.title,
      description: task.description,
      kind: task.kind,
      priority: task.priority,
      status: taskWords[task.state].office,
      state: task.state,
      ...(assignee === null ? {} : { assigned_to: assignee }),
      assigned_agent: assignee,
      reviewer: nameOf(task.reviewer_id),
      verification_type: task.verification_type,
      depends_on: dependsOn.join(','),
      subtask_count: subtaskCount,
      required_tools: requiredTools,
      attempts: task.attempts,
      progress: task.progress_percent,
      result: task.result,
      result_summary: summary,
      blocked_reason: task.blocked_reason,
      created_by: task.created_by,
      created_at: createdAt,
      updated_at: updatedAt,
      ...(completedAt === null ? {} : { completed_at: completedAt }),
      parentId: task.parent_id === null ? null : (parents.get(task.parent_id) ?? null),
      dependsOn: dependsOn.join(','),
      requiredTools,
      assignedAgent: assignee,
      claimedBy: task.claim_owner,
      requestedBy: task.created_by,
      resultSummary: summary,
      createdAt,
      updatedAt,
      completedAt,
    };
  });
}

/** `ties` spares the question for them where they are known. */
export async function presentTask(
  context: Context,
  task: Task,
  usage: TaskUsage,
  ties?: TaskTies,
): Promise<office.Task> {
  const [presented] = await presentTasks(context, task.office_id, [task], ties);
  if (presented === undefined) throw new Error('one task presents as one');
  const { runs, inputTokens, outputTokens, costCents } = usage;
  return {
    ...presented,
    evidence: await evidenceFor(context, task),
    review_notes: task.review_notes,
    usage: { runs, input_tokens: inputTokens, output_tokens: outputTokens, cost_credits: costCents / 100 },
  };
}

export function presentComment(comment: TaskComment): office.TaskComment {
  const { id, task_id: taskId, author, author_kind, body, created_at } = comment;
  const at = formatInstant(created_at);
  return { id, taskId, task_id: taskId, author, author_kind, body, createdAt: at, created_at: at };
}

export function presentLog(taskId: string, { id, agent, event, message, at }: TaskLogLine): office.TaskLog {
  const createdAt = formatInstant(at);
  return { id, taskId, task_id: taskId, agent, event, message, createdAt, created_at: createdAt };
}

export function presentArtifact(artifact: TaskArtifact): office.TaskArtifact {
  const { id, task_id: taskId, path, label, created_by, created_at } = artifact;
  const kind = artifact.kind as office.TaskArtifact['kind'];
  const at = formatInstant(created_at);
  return { id, taskId, task_id: taskId, kind, path, label, created_by, createdAt: at, created_at: at };
}
