import { isOpenRun } from '../../schema/index.ts';
import { type Context, inTransaction } from '../context/index.ts';
import { finishRun } from './finish.ts';
import { postponeRun } from './postpone.ts';
import type { Run } from './run-store.ts';

type Column = 'agent_id' | 'id';

async function openRuns(tx: Context, column: Column, id: string): Promise<Run[]> {
  const query = tx.db.selectFrom('runs').selectAll().where(column, '=', id).where(isOpenRun);
  return (tx.house.engine.kind === 'postgres' ? query.forUpdate() : query).execute();
}

async function cancelAll(tx: Context, runs: Run[], why: string): Promise<void> {
  for (const run of runs) await finishRun(tx, run, { status: 'cancelled', failureCode: 'cancelled', summary: why });
  if (tx.pending !== undefined && runs.some((run) => run.status === 'running')) tx.pending.runsStopped = true;
}

/** The agent was fired: what waited for it ends, and what runs loses its fence. */
export async function cancelRunsOfAgent(tx: Context, agentId: string): Promise<void> {
  await cancelAll(tx, await openRuns(tx, 'agent_id', agentId), 'The agent was fired.');
}

/** Ends one run that has not ended yet, in the caller's transaction. */
export async function cancelRun(tx: Context, runId: string, why: string): Promise<void> {
  await cancelAll(tx, await openRuns(tx, 'id', runId), why);
}

const ORPHANS_MAX = 200;

/** Cancels runs whose office was deleted or whose agent was fired meanwhile. */
export async function cancelOrphanedRuns(context: Context): Promise<number> {
  const orphans = await context.db
    .selectFrom('runs')
    .innerJoin('offices', 'offices.id', 'runs.office_id')
    .innerJoin('agents', 'agents.id', 'runs.agent_id')
    .select('runs.id')
    .where(isOpenRun)
    .where(({ eb, or }) => or([eb('offices.deleted_at', 'is not', null), eb('agents.deleted_at', 'is not', null)]))
    .limit(ORPHANS_MAX)
    .execute();
  for (const { id } of orphans) {
    await inTransaction(context, async (tx) =>
      cancelAll(tx, await openRuns(tx, 'id', id), 'The office was deleted or the agent fired.'),
    );
  }
  return orphans.length;
}

/** The task was given to somebody else or deleted. */
export async function cancelRunsOfTask(tx: Context, taskId: string): Promise<void> {
  const query = tx.db
    .selectFrom('runs')
    .selectAll()
    .where('cause_kind', 'in', ['task', 'review'])
    .where('cause_id', '>=', `${taskId}/`)
    .where('cause_id', '<', `${taskId}0`)
    .where(isOpenRun);
  const runs = await (tx.house.engine.kind === 'postgres' ? query.forUpdate() : query).execute();
  await cancelAll(tx, runs, 'The task was reassigned or deleted.');
}

/** The task is over: what still waits to work on it has nothing left to do. Runs under way end by themselves. */
export async function cancelWaitingRunsOfTask(tx: Context, taskId: string): Promise<void> {
  const query = tx.db
    .selectFrom('runs')
    .selectAll()
    .where('cause_kind', '=', 'task')
    .where('cause_id', '>=', `${taskId}/`)
    .where('cause_id', '<', `${taskId}0`)
    .where('status', '=', 'queued');
  const runs = await (tx.house.engine.kind === 'postgres' ? query.forUpdate() : query).execute();
  await cancelAll(tx, runs, 'The task was ended without it.');
}

/** The agent was stopped or restarted: what it is at goes back to the queue and waits there. */
export async function returnRunsToQueue(tx: Context, agentId: string): Promise<void> {
  const runs = await openRuns(tx, 'agent_id', agentId);
  for (const run of runs.filter((candidate) => candidate.status === 'running')) {
    await postponeRun(tx, run, { reason: 'stopped', notBeforeAt: tx.house.clock.now() });
    if (tx.pending !== undefined) tx.pending.runsStopped = true;
  }
}

const PRUNE_RUNS_MAX = 500;

/** Forgets runs that ended before `beforeAt`, with their steps and receipts: a bounded number a call. */
export async function pruneRuns(context: Context, beforeAt: number): Promise<number> {
  const old = await context.db
    .selectFrom('runs')
    .select('id')
    .where('status', 'in', ['succeeded', 'failed', 'cancelled'])
    .where('finished_at', '<', beforeAt)
    .limit(PRUNE_RUNS_MAX)
    .execute();
  if (old.length === 0) return 0;
  const ids = old.map((run) => run.id);
  await inTransaction(context, async (tx) => {
    await tx.db.deleteFrom('run_steps').where('run_id', 'in', ids).execute();
    await tx.db.deleteFrom('approvals').where('run_id', 'in', ids).execute();
    await tx.db.deleteFrom('receipts').where('run_id', 'in', ids).execute();
    await tx.db.deleteFrom('reservations').where('run_id', 'in', ids).execute();
    await tx.db.deleteFrom('runs').where('id', 'in', ids).execute();
  });
  return old.length;
}
