import { errors, startOfUtcDayMs } from '@guildhall/kernel';
import { prepareQuery } from '@guildhall/storage';
import type { Tables } from '../../schema/index.ts';
import type { Context } from '../context/index.ts';
import { loadOffice } from '../offices/index.ts';

export const usageGroups = ['agent', 'model', 'day'] as const;
export type UsageGroup = (typeof usageGroups)[number];

/** Whole UTC days, from the one that `fromAt` lies in to the one that `toAt` lies in. */
export interface UsagePeriod {
  fromAt: number;
  toAt: number;
  /** Of one agent only. */
  agentId?: string | undefined;
}

export interface ModelUsage {
  calls: number;
  inputTokens: number;
  cachedInputTokens: number;
  outputTokens: number;
  costMicros: number;
}

export interface ProcessTotals {
  processes: number;
  cpuMs: number;
  memoryByteSeconds: number;
}

const DAYS_MAX = 366;
const DAY_MS = 86_400_000;

/** What models did for an office, by agent id, model or day (its first millisecond). At most a year at once. */
export async function modelUsage(
  context: Context,
  officeId: string,
  period: UsagePeriod,
  by: UsageGroup,
): Promise<{ key: string; usage: ModelUsage }[]> {
  const office = await loadOffice(context, officeId, 'credits:read');
  const { firstDayAt, lastDayAt } = daysOf(period);
  const column = ({ agent: 'agent_id', model: 'model', day: 'day_at' } as const)[by];
  let query = context.db
    .selectFrom('model_days')
    .select(({ fn }) => [
      `${column} as key`,
      fn.sum<number>('calls').as('calls'),
      fn.sum<number>('input_tokens').as('input_tokens'),
      fn.sum<number>('cached_input_tokens').as('cached_input_tokens'),
      fn.sum<number>('output_tokens').as('output_tokens'),
      fn.sum<number>('cost_micros').as('cost_micros'),
    ])
    .where('office_id', '=', office.id)
    .where('day_at', '>=', firstDayAt)
    .where('day_at', '<=', lastDayAt)
    .groupBy(column)
    .orderBy(column);
  if (period.agentId !== undefined) query = query.where('agent_id', '=', period.agentId);
  return (await query.execute()).map((row) => ({
    key: String(row.key),
    usage: {
      calls: Number(row.calls),
      inputTokens: Number(row.input_tokens),
      cachedInputTokens: Number(row.cached_input_tokens),
      outputTokens: Number(row.output_tokens),
      costMicros: Number(row.cost_micros),
    },
  }));
}

/** What commands and programs took in an office, by agent id. */
export async function processUsage(
  context: Context,
  officeId: string,
  period: UsagePeriod,
): Promise<{ agentId: string; usage: ProcessTotals }[]> {
  const office = await loadOffice(context, officeId, 'credits:read');
  const { firstDayAt, lastDayAt } = daysOf(period);
  let query = context.db
    .selectFrom('process_days')
    .select(({ fn }) => [
      'agent_id',
      fn.sum<number>('processes').as('processes'),
      fn.sum<number>('cpu_ms').as('cpu_ms'),
      fn.sum<number>('memory_byte_seconds').as('memory_byte_seconds'),
    ])
    .where('office_id', '=', office.id)
    .where('day_at', '>=', firstDayAt)
    .where('day_at', '<=', lastDayAt)
    .groupBy('agent_id')
    .orderBy('agent_id');
  if (period.agentId !== undefined) query = query.where('agent_id', '=', period.agentId);
  return (await query.execute()).map((row) => ({
    agentId: row.agent_id,
    usage: {
      processes: Number(row.processes),
      cpuMs: Number(row.cpu_ms),
      memoryByteSeconds: Number(row.memory_byte_seconds),
    },
  }));
}

/** What an office, or one of its agents, was charged, in cents of a credit: runs and the calls of their models, from the books. */
export async function creditsCharged(context: Context, officeId: string, period: UsagePeriod): Promise<number> {
  const office = await loadOffice(context, officeId, 'credits:read');
  const { firstDayAt, lastDayAt } = daysOf(period);
  // An office's days and an agent's lie in two tables of one shape.
  const { spent } =
    period.agentId === undefined
      ? await context.db
          .selectFrom('office_spend')
          .select(({ fn }) => fn.sum<number | null>('spent_cents').as('spent'))
          .where('office_id', '=', office.id)
          .where('day_at', '>=', firstDayAt)
          .where('day_at', '<=', lastDayAt)
          .executeTakeFirstOrThrow()
      : await context.db
          .selectFrom('agent_spend')
          .select(({ fn }) => fn.sum<number | null>('spent_cents').as('spent'))
          .where('agent_id', '=', period.agentId)
          .where('day_at', '>=', firstDayAt)
          .where('day_at', '<=', lastDayAt)
          .executeTakeFirstOrThrow();
  return Number(spent ?? 0);
}

export interface TaskUsage {
  runs: number;
  inputTokens: number;
  outputTokens: number;
  costCents: number;
}

const sumOfRuns = prepareQuery<Tables, { first: string; end: string }>()((db, parameter) =>
  db
    .selectFrom('runs')
    .select(({ fn }) => [
      fn.countAll<number>().as('runs'),
      fn.sum<number>('input_tokens').as('input_tokens'),
      fn.sum<number>('output_tokens').as('output_tokens'),
      fn.sum<number>('cost_cents').as('cost_cents'),
    ])
    .where('cause_kind', 'in', ['task', 'review'])
    .where('cause_id', '>=', parameter('first'))
    .where('cause_id', '<', parameter('end')),
);

/** Of a task that nobody has been given yet. */
export const noTaskUsage: TaskUsage = { runs: 0, inputTokens: 0, outputTokens: 0, costCents: 0 };

/** What all runs of a task have cost so far, reviews among them. The caller has loaded the task. */
export async function taskUsage(context: Context, taskId: string): Promise<TaskUsage> {
  const [row] = await sumOfRuns(context.db, { first: `${taskId}/`, end: `${taskId}0` });
  return {
    runs: Number(row?.runs ?? 0),
    inputTokens: Number(row?.input_tokens ?? 0),
    outputTokens: Number(row?.output_tokens ?? 0),
    costCents: Number(row?.cost_cents ?? 0),
  };
}

function daysOf({ fromAt, toAt }: UsagePeriod): { firstDayAt: number; lastDayAt: number } {
  const firstDayAt = startOfUtcDayMs(fromAt);
  const lastDayAt = startOfUtcDayMs(toAt);
  if (lastDayAt < firstDayAt) throw errors.validationFailed('to', 'is before "from"');
  if (lastDayAt - firstDayAt > DAYS_MAX * DAY_MS)
    throw errors.validationFailed('from', `is more than ${DAYS_MAX} days before "to"`);
  return { firstDayAt, lastDayAt };
}
