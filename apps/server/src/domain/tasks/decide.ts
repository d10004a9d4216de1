import { clipText, errors } from '@guildhall/kernel';
import { type Context, inTransaction } from '../context/index.ts';
import { moveTask } from './move.ts';
import { loadTask, type Task, type TaskScope } from './task-store.ts';

/** Accepts a result that waits for review. An agent may, when it is the reviewer and not the one who did the work. */
export async function acceptTask(context: Context, scope: TaskScope, key: string, notes: string): Promise<Task> {
  return inTransaction(context, async (tx) => {
    const task = await loadForDecision(tx, scope, key);
    return moveTask(
      tx,
      task,
      'accept',
      { review_notes: notes },
      { reviewer: reviewerName(tx), notes: clipText(notes, 500) },
    );
  });
}

/** Sends a result back with what is wrong with it. Too many rejections block the task: a person has to look. */
export async function rejectTask(context: Context, scope: TaskScope, key: string, notes: string): Promise<Task> {
  return inTransaction(context, async (tx) => {
    const task = await loadForDecision(tx, scope, key);
    const rejections = task.rejections + 1;
    if (rejections >= tx.house.limits.taskRejectionsMax) {
      const reason = `Rejected ${rejections} times, last: ${clipText(notes, 300)}`;
      return moveTask(
        tx,
        task,
        'block',
        { rejections, review_notes: notes, blocked_reason: reason, failure_code: 'rejected' },
        { reason },
      );
    }
    return moveTask(
      tx,
      task,
      'reject',
      { rejections, attempts: 0, review_notes: notes, progress_percent: 0 },
      { reviewer: reviewerName(tx), notes: clipText(notes, 500) },
    );
  });
}

async function loadForDecision(tx: Context, scope: TaskScope, key: string): Promise<Task> {
  const { principal } = tx;
  if (principal.kind !== 'agent') return loadTask(tx, scope, key, 'tasks:decide', 'row');
  const task = await loadTask(tx, scope, key, 'tasks:write', 'row');
  const isWorker = task.assignee_id === principal.agentId || task.worked_by === principal.agentId;
  const isReviewer = task.reviewer_id === principal.agentId && !isWorker;
  if (!isReviewer) throw errors.forbidden('tasks:decide');
  return task;
}

function reviewerName(tx: Context): string {
  return tx.principal.kind === 'agent' ? tx.principal.name : 'user';
}

/** Marks a task as unable to go on, with the reason and what would free it. */
export async function blockTask(context: Context, scope: TaskScope, key: string, reason: string): Promise<Task> {
  return inTransaction(context, async (tx) => {
    const task = await loadTask(tx, scope, key, 'tasks:write', 'row');
    if (tx.principal.kind === 'agent' && task.assignee_id !== tx.principal.agentId)
      throw errors.forbidden('tasks:decide');
    return moveTask(tx, task, 'block', { blocked_reason: reason }, { reason: clipText(reason, 500) });
  });
}

/** Gives up a task that is still open. */
export async function cancelTask(context: Context, scope: TaskScope, key: string): Promise<Task> {
  return inTransaction(context, async (tx) => {
    const task = await loadTask(tx, scope, key, 'tasks:decide', 'row');
    return moveTask(tx, task, 'cancel', {});
  });
}

/** What a task forgets when a person lets it be tried again. */
export const freshStart = {
  attempts: 0,
  rejections: 0,
  evidence_refusals: 0,
  blocked_reason: null,
  failure_code: null,
  completed_at: null,
  progress_percent: 0,
};

/** Puts a blocked or closed task back into the queue, with fresh attempts. Only a person (or its key) may. */
export async function reopenTask(context: Context, scope: TaskScope, key: string): Promise<Task> {
  return inTransaction(context, async (tx) => {
    const task = await loadTask(tx, scope, key, 'tasks:decide', 'row');
    return moveTask(tx, task, task.state === 'blocked' ? 'unblock' : 'reopen', freshStart);
  });
}
