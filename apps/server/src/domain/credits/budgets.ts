import {
  type JsonObject,
  startOfNextUtcDayMs,
  startOfNextUtcMonthMs,
  startOfUtcDayMs,
  startOfUtcMonthMs,
} from '@guildhall/kernel';
import type { Context } from '../context/index.ts';

/** One limit on spending. A cap of 0 means no spend, not no limit. */
export interface Budget {
  scope: 'agent' | 'office';
  period: 'day' | 'month';
  capCents: number;
  spentCents: number;
  /** Set aside for calls under way. */
  heldCents: number;
  /** When it is fresh again. */
  resetsAt: number;
}

/** At which part of a cap people are warned. */
const WARN_AT = 0.8;

export type BudgetedAgent = { id: string; office_id: string };

/**
 * Every limit that a run of this agent is held to: its own day and month, its office's day and month. Only those that are
 * set; an agent always has a daily one.
 */
export async function budgetsOf(context: Context, agent: BudgetedAgent): Promise<Budget[]> {
  const now = context.house.clock.now();
  const row = await context.db
    .selectFrom('agents')
    .innerJoin('offices', 'offices.id', 'agents.office_id')
    .select(['agents.daily_cap_cents', 'agents.monthly_cap_cents', 'offices.settings'])
    .where('agents.id', '=', agent.id)
    .executeTakeFirstOrThrow();
  const day = { from: startOfUtcDayMs(now), resetsAt: startOfNextUtcDayMs(now) };
  const month = { from: startOfUtcMonthMs(now), resetsAt: startOfNextUtcMonthMs(now) };
  const wanted = [
    { scope: 'agent', period: 'day', capCents: row.daily_cap_cents, ...day },
    { scope: 'agent', period: 'month', capCents: row.monthly_cap_cents, ...month },
    { scope: 'office', period: 'day', capCents: capIn(row.settings, 'daily_cap'), ...day },
    { scope: 'office', period: 'month', capCents: capIn(row.settings, 'monthly_cap'), ...month },
  ] as const;
  const budgets: Budget[] = [];
  for (const { scope, period, capCents, from, resetsAt } of wanted) {
    if (capCents === null) continue;
    const used =
      scope === 'agent'
        ? await usedByAgent(context, agent.id, from)
        : await usedByOffice(context, agent.office_id, from);
    budgets.push({ scope, period, capCents, ...used, resetsAt });
  }
  return budgets;
}

/** The limits of an office as a whole, for what no agent of it does. */
export async function officeBudgetsOf(context: Context, officeId: string): Promise<Budget[]> {
  const { settings } = await context.db
    .selectFrom('offices')
    .select('settings')
    .where('id', '=', officeId)
    .executeTakeFirstOrThrow();
  const now = context.house.clock.now();
  const wanted = [
    { period: 'day', name: 'daily_cap', from: startOfUtcDayMs(now), resetsAt: startOfNextUtcDayMs(now) },
    { period: 'month', name: 'monthly_cap', from: startOfUtcMonthMs(now), resetsAt: startOfNextUtcMonthMs(now) },
  ] as const;
  const budgets: Budget[] = [];
  for (const { period, name, from, resetsAt } of wanted) {
    const capCents = capIn(settings, name);
    if (capCents === null) continue;
    budgets.push({ scope: 'office', period, capCents, ...(await usedByOffice(context, officeId, from)), resetsAt });
  }
  return budgets;
}

/** The first budget that has no room for an amount; the one that takes longest to reset when there are several. */
export function refusingBudget(budgets: readonly Budget[], amountCents: number): Budget | undefined {
  return budgets
    .filter((budget) => budget.spentCents + budget.heldCents + amountCents > budget.capCents)
    .sort((a, b) => b.resetsAt - a.resetsAt)[0];
}

/** The budgets that an amount, just spent, has brought past the mark where people are warned. */
export function budgetsPastMark(budgets: readonly Budget[], amountCents: number): Budget[] {
  return budgets.filter(({ capCents, spentCents }) => {
    const mark = capCents * WARN_AT;
    return capCents > 0 && spentCents >= mark && spentCents - amountCents < mark;
  });
}

/** Credits in an office's settings → cents; null when there is no such cap. */
function capIn(settings: JsonObject, name: string): number | null {
  const credits = settings[name];
  return typeof credits === 'number' && credits >= 0 ? Math.round(credits * 100) : null;
}

interface Used {
  spentCents: number;
  heldCents: number;
}

async function usedByAgent(context: Context, agentId: string, fromDay: number): Promise<Used> {
  const sums = await context.db
    .selectFrom('agent_spend')
    .select(({ fn }) => [fn.sum<number>('spent_cents').as('spent'), fn.sum<number>('held_cents').as('held')])
    .where('agent_id', '=', agentId)
    .where('day_at', '>=', fromDay)
    .executeTakeFirst();
  return { spentCents: Number(sums?.spent ?? 0), heldCents: Number(sums?.held ?? 0) };
}

async function usedByOffice(context: Context, officeId: string, fromDay: number): Promise<Used> {
  const sums = await context.db
    .selectFrom('office_spend')
    .select(({ fn }) => [fn.sum<number>('spent_cents').as('spent'), fn.sum<number>('held_cents').as('held')])
    .where('office_id', '=', officeId)
    .where('day_at', '>=', fromDay)
    .executeTakeFirst();
  return { spentCents: Number(sums?.spent ?? 0), heldCents: Number(sums?.held ?? 0) };
}
