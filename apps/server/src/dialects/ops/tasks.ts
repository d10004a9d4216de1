import { ops } from '@guildhall/contract';
import { errors, formatInstant, GuildhallError, type JsonObject } from '@guildhall/kernel';
import { findOrganizationAgents, loadOrganizationAgent } from '../../domain/agents/index.ts';
import { type Context, inTransaction } from '../../domain/context/index.ts';
import { ensureDefaultOffice } from '../../domain/offices/index.ts';
import {
  agentNamesOf,
  changeTask,
  changeTaskState,
  countTasks,
  createTask,
  deleteTask,
  dependenciesOf,
  type Evidence,
  evidenceFor,
  listTasks,
  loadTask,
  peekNextTask,
  statesCalled,
  stateWanted,
  subtasksOf,
  type Task,
  type TaskChange,
  type TaskFilter,
  taskWords,
} from '../../domain/tasks/index.ts';
import { Answer, type Door } from '../../http/index.ts';
import { offsetPage, organizationOf } from './scope.ts';

/** P0…P3 ↔ the core's 0 (most urgent) to 100. */
const PRIORITIES = { P0: 0, P1: 25, P2: 50, P3: 100 } as const;

function priorityWord(priority: number): ops.Task['priority'] {
  if (priority <= 12) return 'P0';
  if (priority <= 37) return 'P1';
  return priority <= 75 ? 'P2' : 'P3';
}

export async function presentTasks(context: Context, tasks: Task[]): Promise<ops.Task[]> {
  const names = await agentNamesOf(context, tasks);
  const evidence = await Promise.all(tasks.map((task) => evidenceFor(context, task)));
  return tasks.map((task, index) => ({
    id: task.number,
    uuid: task.id,
    title: task.title,
    description: task.description,
    status: taskWords[task.state].ops,
    state: task.state,
    priority: priorityWord(task.priority),
    assignee: task.assignee_id === null ? null : (names.get(task.assignee_id) ?? null),
    product: null,
    category: task.kind,
    tags: '',
    estimated_minutes: null,
    due_date: null,
    progress_pct: task.progress_percent,
    current_step: task.current_step,
    completion_notes: task.result,
    completion_evidence: evidence[index] ?? {},
    verification_type: task.verification_type,
    review_notes: task.review_notes,
    blocked_reason: task.blocked_reason,
    claimed_by: task.claim_owner,
    claimed_at: instantOrNull(task.claimed_at),
    claim_fence: task.claim_fence,
    attempt_count: task.attempts,
    created_by: task.created_by,
    created_at: formatInstant(task.created_at),
    updated_at: formatInstant(task.updated_at),
    completed_at: instantOrNull(task.completed_at),
  }));
}

function instantOrNull(at: number | null): string | null {
  return at === null ? null : formatInstant(at);
}

async function presentTask(context: Context, task: Task): Promise<ops.Task> {
  const [presented] = await presentTasks(context, [task]);
  if (presented === undefined) throw new Error('one task presents as one');
  return presented;
}

function presentLink(task: Task) {
  return { id: task.number, title: task.title, status: taskWords[task.state].ops };
}

async function filterOf(
  context: Context,
  organizationId: string,
  query: { status?: string; q?: string; assignee?: string },
): Promise<TaskFilter> {
  const states = query.status?.split(',').flatMap((word) => {
    const called = statesCalled(word.trim());
    if (called === undefined) throw errors.validationFailed('status', `"${word.trim()}" is not a status`);
    return called;
  });
  return { states, text: query.q, assigneeIds: await assigneeIds(context, organizationId, query.assignee) };
}

/** A filter that matches nothing is an empty list, not an error. */
async function assigneeIds(
  context: Context,
  organizationId: string,
  assignee: string | undefined,
): Promise<string[] | undefined> {
  if (assignee === undefined) return undefined;
  if (assignee === 'me') return context.principal.kind === 'agent' ? [context.principal.agentId] : [];
  return (await findOrganizationAgents(context, organizationId, assignee)).map((agent) => agent.id);
}

function refuseProduct(slug: string | undefined): void {
  if (slug !== undefined)
    throw new GuildhallError('not_available_yet', {
      message: 'Products are not available yet.',
      detail: { field: 'product_slug' },
    });
}

/** An object is taken as it is (the core checks it); anything else is a note. */
function evidenceOf(evidence: unknown): Evidence {
  if (evidence === undefined || evidence === null) return {};
  if (typeof evidence === 'object' && !Array.isArray(evidence)) return evidence as Evidence;
  return { notes: typeof evidence === 'string' ? evidence : JSON.stringify(evidence) };
}

/** Seed: orkosi-api Tasks; PATCH after spec orkosi.md 4.3. */
export function taskRoutes(door: Door): void {
  const tag = 'Tasks';
  const both = (path: string) => ({ path: `/api${path}`, aliases: [`/api/v1${path}`] });
  door.route(
    {
      method: 'GET',
      ...both('/tasks'),
      id: 'tasks.list',
      tag,
      summary: 'Tasks of the organisation, newest first',
      description: '`next=true` answers with the one task that the assignee should do now, without claiming it.',
      query: ops.TaskListQuery,
      answers: { 200: ops.list(ops.Task) },
    },
    async ({ context, query }) => {
      const organizationId = organizationOf(context);
      const page = offsetPage(query);
      if (query.next === 'true') {
        const task = await peekNextTask(
          context,
          { organizationId, ...agentOffice(context) },
          await assigneeIds(context, organizationId, query.assignee),
        );
        const data = await presentTasks(context, task === undefined ? [] : [task]);
        return { data, meta: { total: data.length, limit: 1, offset: 0 } };
      }
      const filter = await filterOf(context, organizationId, query);
      const { items } = await listTasks(context, { organizationId }, filter, page);
      return {
        data: await presentTasks(context, items),
        meta: { total: await countTasks(context, { organizationId }, filter), ...page },
      };
    },
  );
  door.route(
    {
      method: 'POST',
      ...both('/tasks'),
      id: 'tasks.create',
      tag,
      summary: 'File a task',
      description:
        'A task of the same title that is open, or was done in the last 24 hours, is returned instead, with 200 and `meta.deduplicated`.',
      body: ops.CreateTaskRequest,
      answers: { 201: ops.item(ops.Task), 200: ops.success(ops.Task) },
      fails: [402, 404, 422, 501],
      idempotent: true,
    },
    async ({ context, body }) => {
      refuseProduct(body.product_slug);
      return inTransaction(context, async (tx) => {
        const organizationId = organizationOf(tx);
        const assignee =
          body.assignee == null
            ? undefined
            : await loadOrganizationAgent(tx, organizationId, body.assignee, 'agents:read');
        const officeId = assignee?.office_id ?? (await ensureDefaultOffice(tx, organizationId)).id;
        const { task, deduplicated } = await createTask(tx, officeId, {
          title: body.title,
          description: body.description,
          priority: body.priority === undefined ? undefined : PRIORITIES[body.priority],
          assignee: assignee?.id,
          verificationType: body.verification_type,
          verification: body.verification as JsonObject | undefined,
          dependsOn: body.depends_on?.map(String),
          deduplicate: true,
        });
        if (deduplicated) return new Answer(200, { data: await presentTask(tx, task), meta: { deduplicated: true } });
        const [wanted] = body.status === undefined || body.status === 'todo' ? [] : (statesCalled(body.status) ?? []);
        const scope = { organizationId, officeId };
        const moved =
          wanted === undefined
            ? task
            : await changeTaskState(tx, scope, task.id, { to: body.status === 'blocked' ? 'blocked' : wanted });
        return { data: await presentTask(tx, moved) };
      });
    },
  );
  door.route(
    {
      method: 'GET',
      ...both('/tasks/:id'),
      id: 'tasks.get',
      tag,
      summary: 'One task, with what it waits for',
      params: ops.TaskParams,
      answers: { 200: ops.item(ops.TaskDetail) },
      fails: [404],
    },
    async ({ context, params }) => {
      const task = await loadTask(context, { organizationId: organizationOf(context) }, params.id, 'tasks:read');
      const blockers = await dependenciesOf(context, task.id);
      const parts = await subtasksOf(context, task.id);
      return {
        data: {
          ...(await presentTask(context, task)),
          blocked_by: blockers.map(presentLink),
          subtasks: parts.map(presentLink),
        },
      };
    },
  );
  door.route(
    {
      method: 'PATCH',
      ...both('/tasks/:id'),
      id: 'tasks.update',
      tag,
      summary: 'Report on a task, or change it',
      description:
        '`in_progress` claims it; `review` and `done` need `completion_notes` (and evidence, as its verification_type asks); a claim of somebody else answers 409.',
      params: ops.TaskParams,
      body: ops.UpdateTaskRequest,
      answers: { 200: ops.item(ops.Task) },
      fails: [402, 404, 409, 422],
    },
    async ({ context, params, body }) => ({
      data: await presentTask(
        context,
        await changeTask(context, { organizationId: organizationOf(context) }, params.id, changeOf(body)),
      ),
    }),
  );
  door.route(
    {
      method: 'DELETE',
      ...both('/tasks/:id'),
      id: 'tasks.delete',
      tag,
      summary: 'Remove a task',
      params: ops.TaskParams,
      answers: { 200: ops.success(ops.Deleted) },
      fails: [404],
    },
    async ({ context, params }) => {
      const task = await deleteTask(context, { organizationId: organizationOf(context) }, params.id);
      return { data: { id: task.number, deleted: true }, meta: {} };
    },
  );
}

function agentOffice(context: Context): { officeId?: string } {
  return context.principal.kind === 'agent' ? { officeId: context.principal.officeId } : {};
}

function changeOf(body: ops.UpdateTaskRequest): TaskChange {
  const { title, description, priority } = body;
  return {
    words: { title, description, priority: priority === undefined ? undefined : PRIORITIES[priority] },
    assignee: body.assignee,
    to: body.status === undefined ? undefined : stateWanted(body.status),
    completion:
      body.completion_notes == null
        ? undefined
        : { result: body.completion_notes, evidence: evidenceOf(body.completion_evidence) },
    reason: body.blocked_reason ?? body.completion_notes ?? undefined,
    percent: body.progress_pct,
    step: body.current_step,
    fence: body.fence,
  };
}
