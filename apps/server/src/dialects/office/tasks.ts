import { office } from '@guildhall/contract';
import { errors, type JsonObject } from '@guildhall/kernel';
import Type from 'typebox';
import { loadAgent } from '../../domain/agents/index.ts';
import type { Context } from '../../domain/context/index.ts';
import { loadOffice } from '../../domain/offices/index.ts';
import {
  changeTask,
  createTask,
  deleteTask,
  type Evidence,
  evidenceExample,
  loadTask,
  NO_TIES,
  statesCalled,
  stateWanted,
  type Task,
  type TaskChange,
  type TaskFilter,
  type TaskScope,
  taskStats,
  taskWords,
  tryEvidence,
} from '../../domain/tasks/index.ts';
import { noTaskUsage, taskUsage } from '../../domain/usage/index.ts';
import { Answer, type Door, itemsWithCursor } from '../../http/index.ts';
import { loadOne, presentDetail } from './task-details.ts';
import { listTasks, presentTask, presentTasks } from './task-shapes.ts';

const LIMIT_DEFAULT = 100;

/** Comma-separated words → core states. */
export function statesIn(words: string | undefined) {
  if (words === undefined || words.trim() === '') return undefined;
  return words.split(',').flatMap((word) => {
    const states = statesCalled(word.trim());
    if (states === undefined) throw errors.validationFailed('status', `"${word.trim()}" is not a status`);
    return states;
  });
}

/** `"1, 2"`, `1` or a list → keys of tasks. */
function keysIn(keys: office.CreateTaskRequest['dependsOn']): string[] | undefined {
  if (keys === undefined) return undefined;
  const list = typeof keys === 'string' ? keys.split(',') : Array.isArray(keys) ? keys.map(String) : [String(keys)];
  return list.map((key) => key.trim()).filter(Boolean);
}

async function filterOf(
  context: Context,
  scope: TaskScope & { officeId: string },
  query: {
    status?: string;
    assigned_to?: string;
    assigned_agent?: string;
    assignedAgent?: string;
    parent?: string;
    parent_id?: string;
    q?: string;
  },
): Promise<TaskFilter> {
  const name = query.assigned_to ?? query.assigned_agent ?? query.assignedAgent;
  const assignee = name === undefined ? undefined : await loadAgent(context, scope.officeId, name, 'agents:read');
  const whole = query.parent ?? query.parent_id;
  const parent = whole === undefined ? undefined : await loadTask(context, scope, whole, 'tasks:read');
  return {
    states: statesIn(query.status),
    assigneeIds: assignee === undefined ? undefined : [assignee.id],
    parentId: parent?.id,
    text: query.q,
  };
}

function changeOf(body: office.UpdateTaskRequest): TaskChange {
  const { title, description, kind, priority, result, evidence } = body;
  return {
    words: { title, description, kind, priority },
    assignee: [body.assigned_to, body.assigned_agent, body.assignedAgent].find((name) => name !== undefined),
    dependsOn: keysIn(body.dependsOn ?? body.depends_on),
    to: body.status === undefined ? undefined : stateWanted(body.status),
    completion: result === undefined ? undefined : { result, evidence: (evidence ?? {}) as Evidence },
    reason: body.error ?? result,
    percent: body.progress,
    fence: body.fence,
  };
}

async function presentWhole(context: Context, task: Task): Promise<office.Task> {
  return presentTask(context, task, await taskUsage(context, task.id));
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
      fails: [402, 404],
      idempotent: true,
    },
    async ({ context, params, body }) => {
      const parent = body.parentId ?? body.parent_id;
      const { task } = await createTask(context, params.officeId, {
        title: body.title,
        description: body.description,
        kind: body.kind,
        priority: body.priority,
        assignee: body.assigned_to ?? body.assigned_agent ?? body.assignedAgent,
        reviewer: body.reviewer,
        reviewRequired: body.review,
        verificationType: body.verification_type,
        verification: body.verification as JsonObject | undefined,
        parent: parent === undefined ? undefined : String(parent),
        dependsOn: keysIn(body.dependsOn ?? body.depends_on),
        requiredTools: body.requiredTools ?? body.required_tools,
      });
      const ties = [body.dependsOn, body.depends_on, body.requiredTools, body.required_tools];
      const isNewAndAlone = ties.every((tie) => tie === undefined);
      const usage = task.assignee_id === null ? noTaskUsage : await taskUsage(context, task.id);
      return presentTask(context, task, usage, isNewAndAlone ? NO_TIES : undefined);
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
      const scope = { organizationId: row.organization_id, officeId: row.id };
      const tasks = await listTasks(context, scope, await filterOf(context, scope, query), page);
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
        pending: count('queued'),
        claimed: byState.claimed,
        running: count('running'),
        completed: count('completed'),
        done: count('completed'),
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
      summary: 'One task, with the newest of what hangs on it',
      description:
        'The fields of the task, and beside them `{task, logs, comments, subtasks, artifacts, linkedMessages}`, which the other family of clients reads.',
      params: office.TaskParams,
      answers: { 200: office.TaskDetail },
      fails: [404],
    },
    async ({ context, params }) => {
      const { task, scope } = await loadOne(context, params, 'tasks:read');
      return presentDetail(context, scope, task);
    },
  );
  door.route(
    {
      method: 'PATCH',
      path: `${base}/:taskId`,
      id: 'tasks.update',
      tag,
      summary: 'Change a task, or report on it',
      description: 'Several changes are one: all of them or none. A claim of somebody else answers 409.',
      params: office.TaskParams,
      body: office.UpdateTaskRequest,
      answers: { 200: office.Task },
      fails: [402, 404, 409, 422],
    },
    async ({ context, params, body }) => {
      const { scope } = await loadOne(context, params, 'tasks:read');
      return presentWhole(context, await changeTask(context, scope, params.taskId, changeOf(body)));
    },
  );
  door.route(
    {
      method: 'DELETE',
      path: `${base}/:taskId`,
      id: 'tasks.delete',
      tag,
      summary: 'Remove a task',
      description: 'What works on it is cancelled. Agents do not remove tasks.',
      params: office.TaskParams,
      answers: { 204: null },
      fails: [404],
    },
    async ({ context, params }) => {
      const { scope } = await loadOne(context, params, 'tasks:read');
      await deleteTask(context, scope, params.taskId);
      return new Answer(204, undefined);
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
