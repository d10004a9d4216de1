import { GuildhallError } from '@guildhall/kernel';
import { type Context, inTransaction } from '../context/index.ts';
import { moveTask } from './move.ts';
import { loadTask, type Task, type TaskScope } from './task-store.ts';

/** Work on a task in one transaction; when its evidence is refused, that is counted although nothing else is kept. */
export async function countingRefusals(
  context: Context,
  scope: TaskScope,
  key: string,
  work: (tx: Context) => Promise<Task>,
): Promise<Task> {
  try {
    return await inTransaction(context, work);
  } catch (error) {
    const isRefusal = error instanceof GuildhallError && error.code === 'evidence_rejected';
    // Inside a larger transaction nothing can be kept: whoever opened it counts.
    if (isRefusal && context.pending === undefined) {
      const refused = await noteRefusal(context, scope, key);
      if (refused.isLast) await blockForPerson(context, scope, key, refused.reason);
    }
    throw error;
  }
}

/**
 * Counts a refusal of evidence for a claimed task. `isLast` when a person has to look: whoever sends the same thing again and
 * again will not find out by itself what is missing.
 */
export async function noteRefusal(
  context: Context,
  scope: TaskScope,
  key: string,
): Promise<{ isLast: boolean; reason: string }> {
  const task = await loadTask(context, scope, key, 'tasks:write');
  const counted = await context.db
    .updateTable('tasks')
    .set(({ eb }) => ({ evidence_refusals: eb('evidence_refusals', '+', 1) }))
    .where('id', '=', task.id)
    .where('state', '=', 'claimed')
    .where('claim_fence', '=', task.claim_fence)
    .returning('evidence_refusals')
    .executeTakeFirst();
  const count = counted?.evidence_refusals ?? 0;
  const reason = `The evidence was refused ${count} times ("${task.verification_type}"). Look at what was sent, help, then unblock it.`;
  return { isLast: count >= context.house.limits.evidenceRefusalsMax, reason };
}

async function blockForPerson(context: Context, scope: TaskScope, key: string, reason: string): Promise<void> {
  await inTransaction(context, async (tx) => {
    const task = await loadTask(tx, scope, key, 'tasks:write', 'row');
    if (task.state !== 'claimed') return;
    await moveTask(tx, task, 'block', { blocked_reason: reason, failure_code: 'evidence_refused' }, { reason });
  });
}
