import { office } from '@guildhall/contract';
import { errors, formatInstant, type JsonObject } from '@guildhall/kernel';
import Type from 'typebox';
import type { Context } from '../../domain/context/index.ts';
import { loadOffice } from '../../domain/offices/index.ts';
import {
  agentNamesOf,
  createTask,
  type Evidence,
  evidenceExample,
  loadTask,
  statesCalled,
  type Task,
  taskLister,
  taskStats,
  taskWords,
  tryEvidence,
} from '../../domain/tasks/index.ts';
import { noTaskUsage, type TaskUsage, taskUsage } from '../../domain/usage/index.ts';
import { type Door, itemsWithCursor } from '../../http/index.ts';

const LIMIT_DEFAULT = 100;

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
type ListedTask = Pick<Task, (typeof LISTED)[number]>;

const listTasks = taskLister(LISTED);

async function presentTasks(
  context: Context,
  officeId: string,
  tasks: readonly ListedTask[],
): Promise<office.TaskSummary[]> {
  const names = await agentNamesOf(context, tasks);
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
    reviewer: nameOf(task.reviewer_id),
    verification_type: task.verification_type,
    attempts: task.attempts,
    progress: task.progress_percent,
    result: task.result,
    blocked_reason: task.blocked_reason,
    created_by: task.created_by,
    created_at: formatInstant(task.created_at),
    updated_at: formatInstant(task.updated_at),
    completed_at: task.completed_at === null ? null : formatInstant(task.completed_at),
  }));
}

async function presentTask(context: Context, task: Task, usage: TaskUsage): Promise<office.Task> {
  const [presented] = await presentTasks(context, task.office_id, [task]);
  if (presented === undefined) throw new Error('one task presents as one');
  const { runs, inputTokens, outputTokens, costCents } = usage;
  return {
    ...presented,
    evidence: task.evidence,
    review_notes: task.review_notes,
    usage: { runs, input_tokens: inputTokens, output_tokens: outputTokens, cost_credits: costCents / 100 },
  };
}

/** Comma-separated words → core states. */
export function statesIn(words: string | undefined) {
  if (words === undefined || words.trim() === '') return undefined;
  return words.split(',').flatMap((word) => {
    const states = statesCalled(word.trim());
    if (states === undefined) throw errors.validationFailed('status', `"${word.trim()}" is not a status`);
    return states;
  });
}

/** Seed: mitosis-sdk-reference 7.3. */
export function taskRoutes(door: Door): void {
  const tag = 'Tasks';
  const base = '/api/v1/offices/:officeId/tasks';
  door.route(
    {
      method: 'POST',
      path: base,
      id: 'tasks.create',
      tag,
      summary: 'File a task',
      description: 'Assigned to an agent, it is worked as soon as what it depends on is done.',
      params: office.OfficeParams,
      body: office.CreateTaskRequest,
      answers: { 201: office.Task },
      fails: [404],
      idempotent: true,
    },
    async ({ context, params, body }) => {
      const { task } = await createTask(context, params.officeId, {
        title: body.title,
        description: body.description,
        kind: body.kind,
        priority: body.priority,
        assignee: body.assigned_to ?? body.assignedAgent,
        reviewer: body.reviewer,
        reviewRequired: body.review,
        verificationType: body.verification_type,
        verification: body.verification as JsonObject | undefined,
        parent: body.parentId === undefined ? undefined : String(body.parentId),
        dependsOn:
          typeof body.dependsOn === 'string'
            ? body.dependsOn
                .split(',')
                .map((key) => key.trim())
                .filter(Boolean)
            : body.dependsOn,
      });
      return presentTask(context, task, task.assignee_id === null ? noTaskUsage : await taskUsage(context, task.id));
    },
  );
  door.route(
    {
      method: 'GET',
      path: base,
      id: 'tasks.list',
      tag,
      summary: 'The tasks of an office, newest first',
      description: 'Evidence and review notes come with the single task.',
      params: office.OfficeParams,
      query: office.TaskListQuery,
      answers: { 200: Type.Array(office.TaskSummary) },
      fails: [404],
    },
    async ({ context, params, query, reply }) => {
      const row = await loadOffice(context, params.officeId, 'tasks:read');
      const page = {
        limit: query.limit ?? LIMIT_DEFAULT,
        cursor: query.cursor,
        ...(query.offset === undefined ? {} : { offset: query.offset }),
      };
      const tasks = await listTasks(
        context,
        { organizationId: row.organization_id, officeId: row.id },
        { states: statesIn(query.status) },
        page,
      );
      return presentTasks(context, row.id, itemsWithCursor(reply, tasks));
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/stats`,
      id: 'tasks.stats',
      tag,
      summary: 'How many tasks are in each state',
      params: office.OfficeParams,
      answers: { 200: office.TaskStats },
      fails: [404],
    },
    async ({ context, params }): Promise<office.TaskStats> => {
      const row = await loadOffice(context, params.officeId, 'tasks:read');
      const { total, ...byState } = await taskStats(context, { organizationId: row.organization_id, officeId: row.id });
      const count = (word: string) =>
        Object.entries(byState).reduce(
          (sum, [state, number]) => sum + (taskWords[state as Task['state']].office === word ? number : 0),
          0,
        );
      return {
        total,
        queued: count('queued'),
        running: count('running'),
        completed: count('completed'),
        failed: count('failed'),
        by_state: byState,
      };
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/:taskId`,
      id: 'tasks.get',
      tag,
      summary: 'One task',
      params: office.TaskParams,
      answers: { 200: office.Task },
      fails: [404],
    },
    async ({ context, params }) => {
      const row = await loadOffice(context, params.officeId, 'tasks:read');
      const scope = { organizationId: row.organization_id, officeId: row.id };
      const task = await loadTask(context, scope, params.taskId, 'tasks:read');
      return presentTask(context, task, await taskUsage(context, task.id));
    },
  );
  door.route(
    {
      method: 'POST',
      path: `${base}/:taskId/evidence-check`,
      id: 'tasks.checkEvidence',
      tag,
      summary: 'Whether a result and its evidence would pass, without changing anything',
      description: 'A command or an address is not tried here: the house does that when the task is completed.',
      params: office.TaskParams,
      body: office.EvidenceCheckRequest,
      answers: { 200: office.EvidenceCheck },
      fails: [404],
    },
    async ({ context, params, body }): Promise<office.EvidenceCheck> => {
      const row = await loadOffice(context, params.officeId, 'tasks:read');
      const scope = { organizationId: row.organization_id, officeId: row.id };
      const completion = { result: body.result ?? '', evidence: (body.evidence ?? {}) as Evidence };
      const { problems, type } = await tryEvidence(context, scope, params.taskId, completion);
      return {
        passes: problems.length === 0,
        verification_type: type,
        missing: problems,
        example: evidenceExample(type),
      };
    },
  );
}
