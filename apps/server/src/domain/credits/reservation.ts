import { type JsonObject, startOfUtcDayMs } from '@guildhall/kernel';
import { sql } from 'kysely';
import { type Context, inTransaction, record } from '../context/index.ts';
import { type BudgetedAgent, budgetsOf, budgetsPastMark, refusingBudget } from './budgets.ts';
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
  if (account.balance_cents - account.held_cents < amountCents) {
    const notBeforeAt = now + FAR_FUTURE_MS;
    recordRefusal(tx, run, { why: 'office_out_of_credits', not_before_at: notBeforeAt });
    return { reason: 'budget_exhausted', notBeforeAt };
  }
  const budgets = await budgetsOf(tx, { id: run.agent_id, office_id: run.office_id });
  const refusing = refusingBudget(budgets, amountCents);
  if (refusing !== undefined) {
    recordRefusal(tx, run, {
      why: `${refusing.scope}_${refusing.period}_cap`,
      cap_cents: refusing.capCents,
      spent_cents: refusing.spentCents,
      asked_cents: amountCents,
      not_before_at: refusing.resetsAt,
    });
    return { reason: 'budget_exhausted', notBeforeAt: refusing.resetsAt };
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
  await tx.db
    .insertInto('office_spend')
    .values({ office_id: run.office_id, day_at: dayAt, spent_cents: 0, held_cents: amountCents })
    .onConflict((conflict) =>
      conflict
        .columns(['office_id', 'day_at'])
        .doUpdateSet({ held_cents: sql<number>`office_spend.held_cents + ${amountCents}` }),
    )
    .execute();
  const reservation = {
    office_id: run.office_id,
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

function recordRefusal(tx: Context, run: SpendingRun, data: JsonObject): void {
  record(tx, {
    organizationId: run.organization_id,
    officeId: run.office_id,
    agentId: run.agent_id,
    type: 'budget.exhausted',
    subjectId: run.agent_id,
    data: { run: run.id, ...data },
  });
}

/**
 * Ends a reservation: charges what it really cost (0 releases it). Settling twice charges once. `part` names what of the run
 * is charged: a call of its model, or nothing for the run itself. `spender` is charged even when nothing was held.
 */
export async function settleForRun(
  tx: Context,
  runId: string,
  costCents: number,
  reason: string,
  part = '',
  spender?: SpendingRun,
): Promise<void> {
  const held = await tx.db
    .selectFrom('reservations')
    .selectAll()
    .where('run_id', '=', runId)
    .where('status', '=', 'held')
    .executeTakeFirst();
  if (held === undefined) {
    if (spender !== undefined && costCents > 0) await chargeUnheld(tx, spender, costCents, reason, part);
    return;
  }
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
  await tx.db
    .updateTable('office_spend')
    .set(({ eb }) => ({
      held_cents: eb('held_cents', '-', held.amount_cents),
      spent_cents: eb('spent_cents', '+', costCents),
    }))
    .where('office_id', '=', owner.owner_id)
    .where('day_at', '=', held.day_at)
    .execute();
  if (costCents === 0) return;
  await warnPastMark(tx, { id: held.agent_id, office_id: owner.owner_id }, costCents);
  // Always after the office's row: one order of locks, no deadlock.
  const revenue = await lockAccount(tx, 'revenue', owner.owner_id);
  await post(tx, {
    idempotencyKey: `run:${runId}${part}`,
    kind: 'run',
    reason,
    lines: [
      { account, amountCents: -costCents },
      { account: revenue, amountCents: costCents },
    ],
  });
}

/** What was used although nothing was set aside for it: a program may call its model where nobody is asked before. */
async function chargeUnheld(
  tx: Context,
  run: SpendingRun,
  costCents: number,
  reason: string,
  part: string,
): Promise<void> {
  const account = await lockOfficeAccount(tx, run.office_id);
  const day = { day_at: startOfUtcDayMs(tx.house.clock.now()), spent_cents: costCents, held_cents: 0 };
  await tx.db
    .insertInto('agent_spend')
    .values({ agent_id: run.agent_id, ...day })
    .onConflict((conflict) =>
      conflict
        .columns(['agent_id', 'day_at'])
        .doUpdateSet({ spent_cents: sql<number>`agent_spend.spent_cents + ${costCents}` }),
    )
    .execute();
  await tx.db
    .insertInto('office_spend')
    .values({ office_id: run.office_id, ...day })
    .onConflict((conflict) =>
      conflict
        .columns(['office_id', 'day_at'])
        .doUpdateSet({ spent_cents: sql<number>`office_spend.spent_cents + ${costCents}` }),
    )
    .execute();
  await warnPastMark(tx, { id: run.agent_id, office_id: run.office_id }, costCents);
  const revenue = await lockAccount(tx, 'revenue', run.office_id);
  await post(tx, {
    idempotencyKey: `run:${run.id}${part}`,
    kind: 'run',
    reason,
    lines: [
      { account, amountCents: -costCents },
      { account: revenue, amountCents: costCents },
    ],
  });
}

/** Tells people once when a budget has passed the mark: a hard stop must not come as a surprise. */
async function warnPastMark(tx: Context, agent: BudgetedAgent, costCents: number): Promise<void> {
  const past = budgetsPastMark(await budgetsOf(tx, agent), costCents);
  if (past.length === 0) return;
  const { organization_id } = await tx.db
    .selectFrom('offices')
    .select('organization_id')
    .where('id', '=', agent.office_id)
    .executeTakeFirstOrThrow();
  for (const { scope, period, capCents, spentCents, resetsAt } of past) {
    record(tx, {
      organizationId: organization_id,
      officeId: agent.office_id,
      agentId: agent.id,
      type: 'budget.warning',
      subjectId: scope === 'agent' ? agent.id : agent.office_id,
      data: { scope, period, cap_cents: capCents, spent_cents: spentCents, resets_at: resetsAt },
    });
  }
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
