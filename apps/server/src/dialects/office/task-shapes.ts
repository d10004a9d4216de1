import type { office } from '@guildhall/contract';
import { clipText, formatInstant } from '@guildhall/kernel';
import type { Context } from '../../domain/context/index.ts';
import {
  agentNamesOf,
  evidenceFor,
  numberOf,
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
  const nameOf = (agentId: string | null) => (agentId === null ? null : (names.get(agentId) ?? null));
  return tasks.map((task) => ({
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
    assigned_to: nameOf(task.assignee_id),
    assigned_agent: nameOf(task.assignee_id),
    reviewer: nameOf(task.reviewer_id),
    verification_type: task.verification_type,
    depends_on: tiesFor(task.id).dependsOn.join(','),
    subtask_count: tiesFor(task.id).subtaskCount,
    required_tools: tiesFor(task.id).requiredTools,
    attempts: task.attempts,
    progress: task.progress_percent,
    result: task.result,
    result_summary: task.result === null ? null : clipText(task.result, SUMMARY_CHARS),
    blocked_reason: task.blocked_reason,
    created_by: task.created_by,
    created_at: formatInstant(task.created_at),
    updated_at: formatInstant(task.updated_at),
    completed_at: task.completed_at === null ? null : formatInstant(task.completed_at),
  }));
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
    parentId: task.parent_id === null ? null : await numberOf(context, task.parent_id),
    dependsOn: presented.depends_on,
    requiredTools: presented.required_tools,
    assignedAgent: presented.assigned_to,
    claimedBy: task.claim_owner,
    requestedBy: task.created_by,
    resultSummary: presented.result_summary,
    createdAt: presented.created_at,
    updatedAt: presented.updated_at,
    completedAt: presented.completed_at,
    evidence: await evidenceFor(context, task),
    review_notes: task.review_notes,
    usage: { runs, input_tokens: inputTokens, output_tokens: outputTokens, cost_credits: costCents / 100 },
  };
}

export function presentComment(comment: TaskComment): office.TaskComment {
  const { id, task_id: taskId, author, author_kind, body, created_at } = comment;
  return { id, taskId, author, author_kind, body, createdAt: formatInstant(created_at) };
}

export function presentLog(taskId: string, { id, agent, event, message, at }: TaskLogLine): office.TaskLog {
  return { id, taskId, agent, event, message, createdAt: formatInstant(at) };
}

export function presentArtifact(artifact: TaskArtifact): office.TaskArtifact {
  const { id, task_id: taskId, path, label, created_by, created_at } = artifact;
  const kind = artifact.kind as office.TaskArtifact['kind'];
  return { id, taskId, kind, path, label, created_by, createdAt: formatInstant(created_at) };
}
