import { errors, type JsonObject } from '@guildhall/kernel';
import type { Updateable } from 'kysely';
import type { TaskRow } from '../../schema/index.ts';
import { type Context, record } from '../context/index.ts';
import { cancelWaitingRunsOfTask, queueRun } from '../runs/index.ts';
import { nextState, type TaskAction, type TaskState } from './task.ts';
import type { Task } from './task-store.ts';

const EVENT_OF: Record<TaskAction, string> = {
  claim: 'task.claimed',
  release: 'task.released',
  submit: 'task.submitted',
  complete: 'task.completed',
  fail: 'task.failed',
  block: 'task.blocked',
  unblock: 'task.unblocked',
  accept: 'task.accepted',
  reject: 'task.rejected',
  cancel: 'task.cancelled',
  reopen: 'task.reopened',
};

/** What leaving a claim always clears. */
const UNCLAIMED = { claim_owner: null, lease_expires_at: null };

/**
 * The one way a task changes state: by the transition table, in one statement that names the state and the fence it
 * expects, with its event, and with what follows for other tasks. Throws `invalid_transition` or `stale_fence`.
 */
export async function moveTask(
  tx: Context,
  task: Task,
  action: TaskAction,
  changes: Updateable<TaskRow>,
  told: JsonObject = {},
): Promise<Task> {
  const state = nextState(task.state, action);
  const now = tx.house.clock.now();
  const updated = (await tx.db
    .updateTable('tasks')
    .set({
      ...(state === 'claimed' ? {} : UNCLAIMED),
      // A new round in the queue is a new fence: it gets a run of its own, and no old worker can write into it.
      ...(state === 'queued' ? { claim_fence: task.claim_fence + 1 } : {}),
      ...changes,
      state,
      updated_at: now,
      ...(isClosed(state) ? { completed_at: now } : {}),
    })
    .where('id', '=', task.id)
    .where('state', '=', task.state)
    .where('claim_fence', '=', task.claim_fence)
    .returningAll()
    .executeTakeFirst()) as Task | undefined;
  if (updated === undefined) throw errors.staleFence('task', String(task.number));
  recordTask(tx, updated, EVENT_OF[action], { from: task.state, ...told });
  // Worked by its agent outside of a run, or by somebody else: the run that waited for it has nothing left to do.
  if (isClosed(state) && task.claim_owner?.startsWith('run:') !== true) await cancelWaitingRunsOfTask(tx, task.id);
  if (state === 'done') await wakeDependents(tx, updated);
  if (state === 'failed' || state === 'cancelled') await blockDependents(tx, updated);
  if (state === 'queued') await queueTaskRun(tx, updated);
  if (state === 'review') await queueReview(tx, updated);
  return updated;
}

function isClosed(state: TaskState): boolean {
  return state === 'done' || state === 'failed' || state === 'cancelled';
}

export function recordTask(tx: Context, task: Task, type: string, told: JsonObject = {}): void {
  record(tx, {
    organizationId: task.organization_id,
    officeId: task.office_id,
    agentId: task.assignee_id ?? undefined,
    type,
    subjectId: task.id,
    data: { number: task.number, title: task.title, state: task.state, ...told },
  });
}

/** Whether everything that the task waits for is done. */
export async function isReady(tx: Context, taskId: string): Promise<boolean> {
  const open = await tx.db
    .selectFrom('task_dependencies')
    .innerJoin('tasks', 'tasks.id', 'task_dependencies.depends_on_id')
    .select('tasks.id')
    .where('task_dependencies.task_id', '=', taskId)
    .where('tasks.state', '<>', 'done')
    .limit(1)
    .executeTakeFirst();
  return open === undefined;
}

/** Gives a ready task to the agent that it is assigned to. The cause names the round, so each round has one run. */
export async function queueTaskRun(tx: Context, task: Task): Promise<void> {
  if (task.assignee_id === null || task.state !== 'queued' || !(await isReady(tx, task.id))) return;
  await queueRun(tx, {
    organizationId: task.organization_id,
    officeId: task.office_id,
    agentId: task.assignee_id,
    causeKind: 'task',
    causeId: `${task.id}/${task.claim_fence}`,
  });
}

async function queueReview(tx: Context, task: Task): Promise<void> {
  if (task.reviewer_id === null) return;
  await queueRun(tx, {
    organizationId: task.organization_id,
    officeId: task.office_id,
    agentId: task.reviewer_id,
    causeKind: 'review',
    causeId: `${task.id}/${task.claim_fence}`,
  });
}

async function dependentsOf(tx: Context, taskId: string): Promise<Task[]> {
  const query = tx.db
    .selectFrom('task_dependencies')
    .innerJoin('tasks', 'tasks.id', 'task_dependencies.task_id')
    .selectAll('tasks')
    .where('task_dependencies.depends_on_id', '=', taskId)
    .where('tasks.state', '=', 'queued')
    .where('tasks.deleted_at', 'is', null)
    .orderBy('tasks.number');
  // Two of its dependencies may end at once, each seeing the other still open: the lock makes the later one look again.
  const rows = await (tx.house.engine.kind === 'postgres' ? query.forUpdate('tasks') : query).execute();
  return rows as Task[];
}

async function wakeDependents(tx: Context, task: Task): Promise<void> {
  for (const dependent of await dependentsOf(tx, task.id)) await queueTaskRun(tx, dependent);
}

/** What cannot begin any more says so, instead of waiting for ever. */
async function blockDependents(tx: Context, task: Task): Promise<void> {
  const reason = `Task ${task.number} "${task.title}", which this one depends on, is ${task.state}.`;
  for (const dependent of await dependentsOf(tx, task.id))
    await moveTask(tx, dependent, 'block', { blocked_reason: reason }, { reason });
}
