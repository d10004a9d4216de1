import { clipText, errors, GuildhallError, type JsonObject } from '@guildhall/kernel';
import { type Context, inTransaction } from '../context/index.ts';
import { keepEvidenceFiles } from './artifacts.ts';
import { assertFence } from './claim.ts';
import {
  type Completion,
  checkEvidence,
  type EvidenceProblem,
  evidenceRejected,
  readEvidence,
  type VerificationType,
} from './evidence.ts';
import { moveTask, recordTask } from './move.ts';
import { countingRefusals } from './refusals.ts';
import { loadTask, type Task, type TaskScope } from './task-store.ts';
import { keepProof, needsProof, problemOf, standingOf, type Verification, verificationOf } from './verification.ts';

/**
 * Ends work on a claimed task: to `review` when somebody has to look at it, else to `done`. The same completion again
 * under the same fence answers with the stored row. Throws `evidence_rejected`, `stale_fence`.
 */
export async function completeTask(
  context: Context,
  scope: TaskScope,
  key: string,
  fence: number,
  completion: Completion,
): Promise<Task> {
  const evidence = readEvidence(completion.evidence);
  return countingRefusals(context, scope, key, async (tx) => {
    const task = await loadTask(tx, scope, key, 'tasks:write', 'row');
    const isRepeated =
      task.claim_fence === fence &&
      (task.state === 'done' || task.state === 'review') &&
      task.result === completion.result;
    if (isRepeated) return task;
    assertFence(task, fence);
    await refuseOpenSubtasks(tx, task);
    const type = task.verification_type as VerificationType;
    const problems = await checkEvidence(tx, task.office_id, type, completion.result, evidence);
    if (problems.length > 0) throw evidenceRejected(type, problems);
    const done = {
      result: completion.result,
      evidence: evidence as JsonObject,
      progress_percent: 100,
      current_step: null,
      failure_code: null,
    };
    await keepEvidenceFiles(tx, task, evidence);
    // What the house could not see for itself, somebody has to accept.
    const isUnproved = needsProof(type) && standingOf(tx, task, completion) === 'unproved';
    return moveTask(tx, task, task.review_required || isUnproved ? 'submit' : 'complete', done, {
      result: clipText(completion.result, 500),
    });
  });
}

/** Does what a verification asks for. `unproved`: the house cannot do that here, so somebody has to accept the result. */
export type Prover = (verification: Verification) => Promise<'holds' | 'unproved' | { fails: string }>;

/**
 * Says whether `completeTask` would take this, under a claim. What the house has to see for itself is looked at now, outside
 * of any transaction, and kept for the completion that follows. Throws what `completeTask` would throw.
 */
export async function checkCompletion(
  context: Context,
  scope: TaskScope,
  key: string,
  fence: number,
  completion: Completion,
  prove: Prover,
): Promise<void> {
  const evidence = readEvidence(completion.evidence);
  const task = await loadTask(context, scope, key, 'tasks:write');
  assertFence(task, fence);
  await refuseOpenSubtasks(context, task);
  const type = task.verification_type as VerificationType;
  const problems = await checkEvidence(context, task.office_id, type, completion.result, evidence);
  if (problems.length > 0) throw evidenceRejected(type, problems);
  const verification = verificationOf(task);
  if (verification === undefined) return;
  const proof = await prove(verification);
  if (typeof proof === 'object') throw evidenceRejected(type, [problemOf(proof.fails)]);
  if (proof === 'holds') await keepProof(context, task, completion);
}

/** What is missing from a completion that nobody has made yet; empty when it would pass. Changes nothing. */
export async function tryEvidence(
  context: Context,
  scope: TaskScope,
  key: string,
  completion: Completion,
): Promise<{ problems: EvidenceProblem[]; type: VerificationType }> {
  const evidence = readEvidence(completion.evidence);
  const task = await loadTask(context, scope, key, 'tasks:read');
  const type = task.verification_type as VerificationType;
  return { problems: await checkEvidence(context, task.office_id, type, completion.result, evidence), type };
}

async function refuseOpenSubtasks(tx: Context, task: Task): Promise<void> {
  const open = await tx.db
    .selectFrom('tasks')
    .select('number')
    .where('parent_id', '=', task.id)
    .where('deleted_at', 'is', null)
    .where('state', 'not in', ['done', 'cancelled'])
    .limit(1)
    .executeTakeFirst();
  if (open === undefined) return;
  throw new GuildhallError('invalid_transition', {
    message: `Task ${task.number} has open subtasks (task ${open.number} is one).`,
    detail: { state: task.state, open_subtask: open.number },
    mend: 'Finish or cancel the subtasks first.',
  });
}

/** Tells how far the work is. Extends the lease too: who reports is alive. */
export async function reportProgress(
  context: Context,
  scope: TaskScope,
  key: string,
  fence: number,
  progress: { percent?: number | undefined; step?: string | null | undefined },
): Promise<Task> {
  const { percent } = progress;
  if (percent !== undefined && !(percent >= 0 && percent <= 100))
    throw errors.validationFailed('progress_pct', 'is not between 0 and 100');
  return inTransaction(context, async (tx) => {
    const task = await loadTask(tx, scope, key, 'tasks:write', 'row');
    assertFence(task, fence);
    const now = tx.house.clock.now();
    const updated = (await tx.db
      .updateTable('tasks')
      .set({
        progress_percent: Math.round(percent ?? task.progress_percent),
        current_step: progress.step === undefined ? task.current_step : progress.step,
        lease_expires_at: now + tx.house.limits.taskLeaseMs,
        updated_at: now,
      })
      .where('id', '=', task.id)
      .where('claim_fence', '=', fence)
      .where('state', '=', 'claimed')
      .returningAll()
      .executeTakeFirst()) as Task | undefined;
    if (updated === undefined) throw errors.staleFence('task', key);
    recordTask(tx, updated, 'task.progressed', { percent: updated.progress_percent, step: updated.current_step });
    return updated;
  });
}

/** Ends work without a result. */
export async function failTask(
  context: Context,
  scope: TaskScope,
  key: string,
  fence: number,
  failure: { code: string; reason: string },
): Promise<Task> {
  return inTransaction(context, async (tx) => {
    const task = await loadTask(tx, scope, key, 'tasks:write', 'row');
    assertFence(task, fence);
    return moveTask(
      tx,
      task,
      'fail',
      { failure_code: failure.code, result: failure.reason },
      { code: failure.code, reason: failure.reason },
    );
  });
}
