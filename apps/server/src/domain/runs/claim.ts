import { isUniqueViolation } from '@guildhall/storage';
import { type Context, inTransaction, record } from '../context/index.ts';
import { reserveForRun } from '../credits/index.ts';
import { finishRun } from './finish.ts';
import { housePause } from './kill-switch.ts';
import { postponeRun } from './postpone.ts';
import type { Run } from './run-store.ts';

const LOST_RUNS_MAX = 200;

/**
 * Leases the oldest run that may start: its agent is active and not at work, its office is active. Reserves its price in
 * the same transaction; without money the run waits and says so. Undefined when nothing may start.
 */
export async function claimNextRun(context: Context, worker: string, leaseMs: number): Promise<Run | undefined> {
  for (;;) {
    try {
      const claimed = await inTransaction(context, (tx) => claimOne(tx, worker, leaseMs));
      if (claimed !== 'postponed') return claimed;
    } catch (error) {
      // Another worker took a run of the same agent at the same moment: look again.
      if (!isUniqueViolation(error)) throw error;
    }
  }
}

async function claimOne(tx: Context, worker: string, leaseMs: number): Promise<Run | 'postponed' | undefined> {
  const now = tx.house.clock.now();
  if ((await housePause(tx)) !== undefined) return undefined;
  const candidates = tx.db
    .selectFrom('runs')
    .innerJoin('agents', 'agents.id', 'runs.agent_id')
    .innerJoin('offices', 'offices.id', 'runs.office_id')
    .select(['runs.id', 'offices.id as office_id', 'offices.run_concurrency'])
    .where('runs.status', '=', 'queued')
    .where('runs.not_before_at', '<=', now)
    .where('agents.state', '=', 'active')
    .where('offices.status', '=', 'active')
    .where(({ eb, or }) => or([eb('runs.cause_kind', '<>', 'task'), eb('agents.run_mode', '<>', 'cron')]))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('runs as busy')
            .select('busy.id')
            .whereRef('busy.agent_id', '=', 'runs.agent_id')
            .where('busy.status', '=', 'running'),
        ),
      ),
    )
    .where(({ eb, or, selectFrom }) =>
      or([
        eb('offices.run_concurrency', 'is', null),
        eb(
          'offices.run_concurrency',
          '>',
          selectFrom('runs as others')
            .select(({ fn }) => fn.countAll<number>().as('count'))
            .whereRef('others.office_id', '=', 'runs.office_id')
            .where('others.status', '=', 'running'),
        ),
      ]),
    )
    .orderBy('runs.not_before_at')
    .orderBy('runs.id')
    .limit(1);
  // The agent's row is locked with the run: else a second worker, seeing the first run locked, takes the agent's next.
  const candidate = await (tx.house.engine.kind === 'postgres'
    ? candidates.forNoKeyUpdate(['runs', 'agents']).skipLocked()
    : candidates
  ).executeTakeFirst();
  if (candidate === undefined || !(await hasRoom(tx, candidate))) return undefined;

  const run = await tx.db
    .updateTable('runs')
    .set(({ eb }) => ({
      status: 'running',
      worker,
      fence: eb('fence', '+', 1),
      attempts: eb('attempts', '+', 1),
      lease_expires_at: now + leaseMs,
      waiting_reason: null,
      started_at: now,
    }))
    .where('id', '=', candidate.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  const refusal = await reserveForRun(tx, run, tx.house.priceCents(run.driver, run.cause_kind), now + leaseMs);
  if (refusal !== undefined) {
    await postponeRun(tx, run, refusal);
    return 'postponed';
  }
  record(tx, {
    organizationId: run.organization_id,
    officeId: run.office_id,
    agentId: run.agent_id,
    type: 'run.started',
    subjectId: run.id,
    data: { cause: run.cause_kind, attempt: run.attempts, fence: run.fence },
  });
  return run;
}

/** Two workers may each see the last free place of an office: with its row locked, only the first does. */
async function hasRoom(tx: Context, office: { office_id: string; run_concurrency: number | null }): Promise<boolean> {
  if (office.run_concurrency === null || tx.house.engine.kind === 'sqlite') return true;
  await tx.db.selectFrom('offices').select('id').where('id', '=', office.office_id).forUpdate().execute();
  const { count } = await tx.db
    .selectFrom('runs')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('office_id', '=', office.office_id)
    .where('status', '=', 'running')
    .executeTakeFirstOrThrow();
  return Number(count) < office.run_concurrency;
}

/** Extends the leases of what a worker is at. Returns the runs that are still its own; the others must be dropped. */
export async function renewRuns(
  context: Context,
  worker: string,
  runIds: string[],
  leaseMs: number,
): Promise<{ id: string; fence: number }[]> {
  if (runIds.length === 0) return [];
  const expiresAt = context.house.clock.now() + leaseMs;
  return context.db
    .updateTable('runs')
    .set({ lease_expires_at: expiresAt })
    .where('id', 'in', runIds)
    .where('worker', '=', worker)
    .where('status', '=', 'running')
    .returning(['id', 'fence'])
    .execute();
}

/** Takes back runs whose lease ran out: to the queue, or to an end when they have killed too many workers. */
export async function takeBackLostRuns(context: Context): Promise<number> {
  const lost = await context.db
    .selectFrom('runs')
    .select(['id', 'fence'])
    .where('status', '=', 'running')
    .where('lease_expires_at', '<', context.house.clock.now())
    .limit(LOST_RUNS_MAX)
    .execute();
  for (const { id, fence } of lost) await takeBack(context, id, fence);
  return lost.length;
}

/** The process that wrote these leases is known to be dead: no need to wait for them to run out. */
export async function loseRunsOfWorker(context: Context): Promise<number> {
  let total = 0;
  for (;;) {
    const held = await context.db
      .selectFrom('runs')
      .select(['id', 'fence'])
      .where('status', '=', 'running')
      .limit(LOST_RUNS_MAX)
      .execute();
    for (const { id, fence } of held) await takeBack(context, id, fence);
    total += held.length;
    if (held.length < LOST_RUNS_MAX) return total;
  }
}

async function takeBack(context: Context, runId: string, fence: number): Promise<void> {
  await inTransaction(context, async (tx) => {
    const query = tx.db
      .selectFrom('runs')
      .selectAll()
      .where('id', '=', runId)
      .where('status', '=', 'running')
      .where('fence', '=', fence);
    const run = await (tx.house.engine.kind === 'postgres' ? query.forUpdate() : query).executeTakeFirst();
    if (run === undefined) return;
    if (run.attempts >= run.attempts_max) {
      await finishRun(tx, run, {
        status: 'failed',
        failureCode: 'lease_lost',
        summary: `The worker was lost ${run.attempts} times.`,
      });
      return;
    }
    await postponeRun(tx, run, { reason: 'lease_lost', notBeforeAt: tx.house.clock.now() });
  });
}
