import { assertNever, errors } from '@guildhall/kernel';
import { principalKey } from '../access/index.ts';
import type { Context } from '../context/index.ts';
import { claimTask, releaseTask, renewTaskClaim } from './claim.ts';
import { completeTask } from './complete.ts';
import { acceptTask, blockTask, cancelTask, rejectTask, reopenTask } from './decide.ts';
import type { Completion } from './evidence.ts';
import { countingRefusals } from './refusals.ts';
import type { TaskState } from './task.ts';
import { loadTask, type Task, type TaskScope } from './task-store.ts';

export interface StateChange {
  to: TaskState;
  /** For `review` and `done`. */
  completion?: Completion | undefined;
  /** Why: for `blocked`, and for sending a result back. */
  reason?: string | undefined;
  /** The claim that the caller works under; by default the one that it holds itself. */
  fence?: number | undefined;
}

/**
 * Takes a task to the wanted state by the action that leads there: for APIs that set a status instead of naming an action.
 * The same rules hold as for the actions: a claim of somebody else is a 409, and nothing is done without evidence.
 */
export async function changeTaskState(
  context: Context,
  scope: TaskScope,
  key: string,
  change: StateChange,
): Promise<Task> {
  return countingRefusals(context, scope, key, async (tx) => {
    const task = await loadTask(tx, scope, key, 'tasks:write', 'row');
    const reason = change.reason ?? '';
    switch (change.to) {
      case 'queued':
        if (task.state === 'queued') return task;
        if (task.state === 'claimed') return releaseTask(tx, scope, key, heldFence(tx, task, change.fence));
        if (task.state === 'review') return rejectTask(tx, scope, key, reason === '' ? 'sent back' : reason);
        return reopenTask(tx, scope, key);
      case 'claimed':
        return claimOrRenew(tx, scope, task, change.fence);
      case 'review':
      case 'done':
        return finish(tx, scope, task, change);
      case 'failed':
      case 'blocked':
        if (task.state === 'blocked') return task;
        if (task.state === 'claimed') heldFence(tx, task, change.fence);
        return blockTask(tx, scope, key, reason === '' ? 'no reason given' : reason);
      case 'cancelled':
        return task.state === 'cancelled' ? task : cancelTask(tx, scope, key);
      default:
        return assertNever(change.to);
    }
  });
}

async function claimOrRenew(tx: Context, scope: TaskScope, task: Task, fence: number | undefined): Promise<Task> {
  const owner = principalKey(tx.principal);
  if (task.state !== 'claimed') return (await claimTask(tx, scope, task.id, owner)).task;
  await renewTaskClaim(tx, task.id, heldFence(tx, task, fence));
  return loadTask(tx, scope, task.id, 'tasks:write');
}

async function finish(tx: Context, scope: TaskScope, task: Task, change: StateChange): Promise<Task> {
  if (task.state === change.to) return task;
  if (task.state === 'review') return acceptTask(tx, scope, task.id, change.completion?.result ?? '');
  const completion = change.completion ?? { result: '', evidence: {} };
  const fence =
    task.state === 'queued'
      ? (await claimTask(tx, scope, task.id, principalKey(tx.principal))).fence
      : heldFence(tx, task, change.fence);
  if (change.to === 'review')
    await tx.db.updateTable('tasks').set({ review_required: true }).where('id', '=', task.id).execute();
  return completeTask(tx, scope, task.id, fence, completion);
}

/** The fence of the caller's own claim; one that the caller names must be it. Throws `stale_fence` when the task is somebody else's. */
export function heldFence(tx: Context, task: Task, fence: number | undefined): number {
  const isOwn = task.state === 'claimed' && task.claim_owner === principalKey(tx.principal);
  if (!isOwn || (fence !== undefined && fence !== task.claim_fence))
    throw errors.staleFence('task', String(task.number));
  return task.claim_fence;
}
