import type { TurnOutcome } from '@guildhall/agent';
import { GuildhallError } from '@guildhall/kernel';
import { touchAgent } from '../domain/agents/index.ts';
import type { Context } from '../domain/context/index.ts';
import { loadConversation, postReply } from '../domain/conversations/index.ts';
import { type FailureCode, failureMend, finishRun, type Run } from '../domain/runs/index.ts';
import {
  acceptTask,
  blockTask,
  completeTask,
  type Evidence,
  loadTask,
  rejectTask,
  releaseTask,
} from '../domain/tasks/index.ts';
import type { Work } from './prepare-turn.ts';

/** Brings an outcome home: the run's end and what it changed are one transaction, under the run's fence. */
export async function applyOutcome(tx: Context, run: Run, work: Work, outcome: TurnOutcome): Promise<void> {
  const summary = await effectOf(tx, run, work, outcome);
  await finishRun(tx, run, { status: 'succeeded', summary });
  await touchAgent(tx, run.agent_id);
}

async function effectOf(tx: Context, run: Run, work: Work, outcome: TurnOutcome): Promise<string> {
  const { agent } = work.turn;
  if (work.kind === 'message' && outcome.kind === 'reply') {
    await postReply(tx, work.conversation, agent, outcome.text, run.id);
    return outcome.text;
  }
  if (work.kind === 'task' && outcome.kind === 'task_done') {
    const completion = { result: outcome.result, evidence: outcome.evidence as Evidence };
    await completeTask(tx, work.scope, work.task.id, work.fence, completion);
    return outcome.result;
  }
  if (work.kind === 'task' && outcome.kind === 'task_blocked') {
    await blockTask(tx, work.scope, work.task.id, outcome.reason);
    return `blocked: ${outcome.reason}`;
  }
  if (work.kind === 'review' && outcome.kind === 'review') {
    const decide = outcome.accepted ? acceptTask : rejectTask;
    await decide(tx, work.scope, work.task.id, outcome.notes);
    return `${outcome.accepted ? 'accepted' : 'rejected'}: ${outcome.notes}`;
  }
  throw new Error(`the driver ended a ${work.kind} turn with "${outcome.kind}"`);
}

/** Ends a run that failed: the person who asked is told, the task goes back (or is blocked, when it fails too often). */
export async function applyFailure(tx: Context, run: Run, code: FailureCode, message: string): Promise<void> {
  if (run.cause_kind === 'message') {
    const cause = await tx.db.selectFrom('messages').selectAll().where('id', '=', run.cause_id).executeTakeFirst();
    if (cause !== undefined && tx.principal.kind === 'agent') {
      const conversation = await loadConversation(tx, run.office_id, cause.conversation_id, 'chat:write');
      const agent = { id: tx.principal.agentId, name: tx.principal.name };
      await postReply(
        tx,
        conversation,
        agent,
        `I could not answer: ${message} (${code}). ${failureMend[code]}`,
        undefined,
      );
    }
  }
  if (run.cause_kind === 'task') await giveBack(tx, run, code, message);
  if (run.cause_kind === 'review') await leaveReviewToPeople(tx, run);
  await finishRun(tx, run, { status: 'failed', failureCode: code, summary: message });
}

/** A reviewer that cannot review would keep the result waiting for ever: from now on somebody of the office is asked. */
async function leaveReviewToPeople(tx: Context, run: Run): Promise<void> {
  await tx.db
    .updateTable('tasks')
    .set({ reviewer_id: null, updated_at: tx.house.clock.now() })
    .where('id', '=', run.cause_id.slice(0, run.cause_id.indexOf('/')))
    .where('state', '=', 'review')
    .where('reviewer_id', '=', run.agent_id)
    .execute();
}

/** What would only happen again: a person has to change something first, or every round costs as much as this one. */
const NEEDS_A_PERSON: ReadonlySet<FailureCode> = new Set([
  'context_overflow',
  'no_result',
  'step_limit',
  'time_limit',
  'evidence_refused',
  'model_refused',
  'model_unavailable',
]);

async function giveBack(tx: Context, run: Run, code: FailureCode, message: string): Promise<void> {
  const scope = { organizationId: run.organization_id, officeId: run.office_id };
  try {
    const task = await loadTask(tx, scope, run.cause_id.slice(0, run.cause_id.indexOf('/')), 'tasks:write');
    if (task.state !== 'claimed' || task.claim_owner !== `run:${run.id}`) return;
    if (NEEDS_A_PERSON.has(code)) await blockTask(tx, scope, task.id, `${message} (${code}) ${failureMend[code]}`);
    else await releaseTask(tx, scope, task.id, task.claim_fence);
  } catch (error) {
    // Deleted meanwhile: nothing to give back.
    if (!(error instanceof GuildhallError && error.code === 'not_found')) throw error;
  }
}
