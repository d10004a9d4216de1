import { startOfNextUtcDayMs, startOfUtcDayMs } from '@guildhall/kernel';
import { sql } from 'kysely';
import type { AgentRow } from '../../schema/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { lockAccount, lockOfficeAccount, post } from './ledger.ts';

/** A run that asks for money. */
interface SpendingRun {
  id: string;
  organization_id: string;
  office_id: string;
  agent_id: string;
}

/** Until an operator adds credits. */
const FAR_FUTURE_MS = 100 * 365 * 86_400_000;

/**
 * Sets aside what a run will cost: from the office's account and from the agent's cap for today. Returns why it must wait,
 * and until when, or undefined when the money is held. A cap of 0 means no spend. A run that costs nothing reserves nothing.
 */
export async function reserveForRun(
  tx: Context,
  run: SpendingRun,
  amountCents: number,
  expiresAt: number,
): Promise<{ reason: 'budget_exhausted'; notBeforeAt: number } | undefined> {
  if (amountCents === 0) return undefined;
  const now = tx.house.clock.now();
  const dayAt = startOfUtcDayMs(now);
  const account = await lockOfficeAccount(tx, run.office_id);
  const agent: Pick<AgentRow, 'daily_cap_cents'> = await tx.db
    .selectFrom('agents')
    .select('daily_cap_cents')
    .where('id', '=', run.agent_id)
    .executeTakeFirstOrThrow();
  const spend = await tx.db
    .selectFrom('agent_spend')
    .selectAll()
    .where('agent_id', '=', run.agent_id)
    .where('day_at', '=', dayAt)
    .executeTakeFirst();

  const usedToday = (spend?.spent_cents ?? 0) + (spend?.held_cents ?? 0);
  const isOverCap = usedToday + amountCents > agent.daily_cap_cents;
  const isBroke = account.balance_cents - account.held_cents < amountCents;
  if (isOverCap || isBroke) {
    const notBeforeAt = isBroke ? now + FAR_FUTURE_MS : startOfNextUtcDayMs(now);
    recordRefusal(tx, run, isBroke ? 'office_out_of_credits' : 'agent_daily_cap', notBeforeAt);
    return { reason: 'budget_exhausted', notBeforeAt };
  }

  await tx.db
    .updateTable('accounts')
    .set({ held_cents: account.held_cents + amountCents })
    .where('id', '=', account.id)
    .execute();
  await tx.db
    .insertInto('agent_spend')
    .values({ agent_id: run.agent_id, day_at: dayAt, spent_cents: 0, held_cents: amountCents })
    .onConflict((conflict) =>
      conflict
        .columns(['agent_id', 'day_at'])
        .doUpdateSet({ held_cents: sql<number>`agent_spend.held_cents + ${amountCents}` }),
    )
    .execute();
  const reservation = {
    account_id: account.id,
    agent_id: run.agent_id,
    amount_cents: amountCents,
    day_at: dayAt,
    status: 'held',
    expires_at: expiresAt,
  };
  await tx.db
    .insertInto('reservations')
    .values({ run_id: run.id, ...reservation })
    .onConflict((conflict) => conflict.column('run_id').doUpdateSet(reservation))
    .execute();
  return undefined;
}

function recordRefusal(tx: Context, run: SpendingRun, why: string, notBeforeAt: number): void {
  record(tx, {
    organizationId: run.organization_id,
    officeId: run.office_id,
    agentId: run.agent_id,
    type: 'budget.exhausted',
    subjectId: run.agent_id,
    data: { why, run: run.id, not_before_at: notBeforeAt },
  });
}

/** Ends a reservation: charges what the run really cost (0 releases it). Settling twice charges once. */
export async function settleForRun(tx: Context, runId: string, costCents: number, reason: string): Promise<void> {
  const held = await tx.db
    .selectFrom('reservations')
    .selectAll()
    .where('run_id', '=', runId)
    .where('status', '=', 'held')
    .executeTakeFirst();
  if (held === undefined) return;
  const owner = await tx.db
    .selectFrom('accounts')
    .select('owner_id')
    .where('id', '=', held.account_id)
    .executeTakeFirstOrThrow();
  const account = await lockAccount(tx, 'office', owner.owner_id);
  await tx.db
    .updateTable('accounts')
    .set({ held_cents: account.held_cents - held.amount_cents })
    .where('id', '=', account.id)
    .execute();
  await tx.db
    .updateTable('reservations')
    .set({ status: costCents > 0 ? 'settled' : 'released' })
    .where('run_id', '=', runId)
    .execute();
  await tx.db
    .updateTable('agent_spend')
    .set(({ eb }) => ({
      held_cents: eb('held_cents', '-', held.amount_cents),
      spent_cents: eb('spent_cents', '+', costCents),
    }))
    .where('agent_id', '=', held.agent_id)
    .where('day_at', '=', held.day_at)
    .execute();
  if (costCents === 0) return;
  // Always after the office's row: one order of locks, no deadlock.
  const revenue = await lockAccount(tx, 'revenue', owner.owner_id);
  await post(tx, {
    idempotencyKey: `run:${runId}`,
    kind: 'run',
    reason,
    lines: [
      { account, amountCents: -costCents },
      { account: revenue, amountCents: costCents },
    ],
  });
}

export async function releaseForRun(tx: Context, runId: string): Promise<void> {
  await settleForRun(tx, runId, 0, 'released');
}

const EXPIRE_MAX = 200;

/** Releases reservations of runs that are no longer at work: a reservation never outlives its run. */
export async function expireReservations(context: Context): Promise<number> {
  const orphans = await context.db
    .selectFrom('reservations')
    .innerJoin('runs', 'runs.id', 'reservations.run_id')
    .select('reservations.run_id')
    .where('reservations.status', '=', 'held')
    .where('reservations.expires_at', '<', context.house.clock.now())
    .where('runs.status', '<>', 'running')
    .limit(EXPIRE_MAX)
    .execute();
  for (const { run_id } of orphans) await inTransaction(context, (tx) => releaseForRun(tx, run_id));
  return orphans.length;
}
