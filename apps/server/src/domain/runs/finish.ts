import { clipText, errors, type JsonObject } from '@guildhall/kernel';
import { type Context, record } from '../context/index.ts';
import { settleForRun } from '../credits/index.ts';
import { completeReceiptOfRun, failReceiptOfRun } from '../receipts/index.ts';
import type { FailureCode } from './failure.ts';
import { type Postponement, postponeRun } from './postpone.ts';
import type { Run } from './run-store.ts';

export interface RunOutcome {
  status: 'succeeded' | 'failed' | 'cancelled';
  failureCode?: FailureCode;
  /** One line for people. */
  summary: string;
}

/**
 * Ends a run in the caller's transaction, under its fence: outcome, money, receipt and event together with whatever else the
 * caller writes (the reply, the task's new state). Throws `stale_fence` when the run is no longer the caller's.
 */
export async function finishRun(tx: Context, run: Run, outcome: RunOutcome): Promise<void> {
  const now = tx.house.clock.now();
  // Model calls were charged as they were made; what is charged here is the price of the run itself.
  const priceCents = outcome.status === 'succeeded' ? tx.house.priceCents(run.driver, run.cause_kind) : 0;
  const told: JsonObject = { summary: clipText(outcome.summary, 1000) };
  const ended = await tx.db
    .updateTable('runs')
    .set(({ eb }) => ({
      status: outcome.status,
      outcome: told,
      failure_code: outcome.failureCode ?? null,
      cost_cents: eb('cost_cents', '+', priceCents),
      current_step: null,
      waiting_reason: null,
      worker: null,
      lease_expires_at: null,
      finished_at: now,
    }))
    .where('id', '=', run.id)
    .where('fence', '=', run.fence)
    .where('status', '=', run.status)
    .returning('cost_cents')
    .executeTakeFirst();
  if (ended === undefined) throw errors.staleFence('run', run.id);
  await closeOpenSteps(tx, run.id);
  // Nobody has to decide any more what a run asked that is over.
  await tx.db
    .updateTable('approvals')
    .set({ state: 'expired', decided_at: now })
    .where('run_id', '=', run.id)
    .where('state', '=', 'pending')
    .execute();
  await settleForRun(tx, run.id, priceCents, `${run.driver} run (${run.cause_kind})`);
  if (outcome.status === 'succeeded')
    await completeReceiptOfRun(tx, run.id, { elapsed_ms: now - (run.started_at ?? now) });
  else await failReceiptOfRun(tx, run.id, { code: outcome.failureCode ?? outcome.status, message: outcome.summary });
  record(tx, {
    organizationId: run.organization_id,
    officeId: run.office_id,
    agentId: run.agent_id,
    type: `run.${outcome.status}`,
    subjectId: run.id,
    data: {
      cause: run.cause_kind,
      cost_cents: ended.cost_cents,
      ...told,
      ...(outcome.failureCode === undefined ? {} : { code: outcome.failureCode }),
    },
  });
}

/** A call that was under way when its run ended: nobody will write its outcome any more. */
async function closeOpenSteps(tx: Context, runId: string): Promise<void> {
  await tx.db
    .updateTable('run_steps')
    .set({
      status: 'failed',
      result: { code: 'outcome_unknown', message: 'The run ended while the tool was at work.' },
      finished_at: tx.house.clock.now(),
    })
    .where('run_id', '=', runId)
    .where('status', '=', 'started')
    .execute();
}

/** Gives a run back to the queue, under its fence. */
export async function parkRun(tx: Context, run: Run, postponement: Postponement): Promise<void> {
  const query = tx.db
    .selectFrom('runs')
    .selectAll()
    .where('id', '=', run.id)
    .where('fence', '=', run.fence)
    .where('status', '=', 'running');
  const current = await (tx.house.engine.kind === 'postgres' ? query.forUpdate() : query).executeTakeFirst();
  if (current === undefined) throw errors.staleFence('run', run.id);
  await postponeRun(tx, current, postponement);
}
