import { office } from '@guildhall/contract';
import { errors, formatInstant, parseInstant, startOfUtcMonthMs } from '@guildhall/kernel';
import Type from 'typebox';
import { agentNames, loadAgent } from '../../domain/agents/index.ts';
import type { Context } from '../../domain/context/index.ts';
import {
  creditsCharged,
  type ModelUsage,
  modelUsage,
  type ProcessTotals,
  processUsage,
  type UsagePeriod,
} from '../../domain/usage/index.ts';
import type { Door } from '../../http/index.ts';

const MS_PER_HOUR = 3_600_000;
const BYTE_SECONDS_PER_GIB_HOUR = 1_073_741_824 * 3_600;
const MICROS_PER_CREDIT = 1_000_000;

function periodOf(context: Context, query: { from?: string; to?: string }): UsagePeriod {
  const now = context.house.clock.now();
  const at = (field: 'from' | 'to', text: string | undefined, otherwise: number) => {
    if (text === undefined) return otherwise;
    const instant = parseInstant(text);
    if (instant === undefined) throw errors.validationFailed(field, 'is not a time');
    return instant;
  };
  return { fromAt: at('from', query.from, startOfUtcMonthMs(now)), toAt: at('to', query.to, now) };
}

function presentModel(usage: ModelUsage) {
  return {
    calls: usage.calls,
    input_tokens: usage.inputTokens,
    cached_input_tokens: usage.cachedInputTokens,
    output_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    total_cost: usage.costMicros / MICROS_PER_CREDIT,
  };
}

function presentProcess(usage: ProcessTotals) {
  return {
    processes: usage.processes,
    cpu_core_hours: usage.cpuMs / MS_PER_HOUR,
    memory_gib_hours: usage.memoryByteSeconds / BYTE_SECONDS_PER_GIB_HOUR,
  };
}

async function summarise(context: Context, officeId: string, period: UsagePeriod): Promise<office.UsageSummary> {
  const processes = await processUsage(context, officeId, period);
  const names = await agentNames(
    context,
    processes.map(({ agentId }) => agentId),
  );
  const pods = processes.map(({ agentId, usage }) => ({
    agent: names.get(agentId) ?? agentId,
    ...presentProcess(usage),
  }));
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
  return {
    cpu_core_hours: sum(pods.map((pod) => pod.cpu_core_hours)),
    memory_gib_hours: sum(pods.map((pod) => pod.memory_gib_hours)),
    total_credits: (await creditsCharged(context, officeId, period)) / 100,
    pods,
  };
}

async function listModels(
  context: Context,
  officeId: string,
  period: UsagePeriod,
  by: 'agent' | 'model' | 'day',
): Promise<office.LlmUsage[]> {
  const rows = await modelUsage(context, officeId, period, by);
  const names =
    by === 'agent'
      ? await agentNames(
          context,
          rows.map(({ key }) => key),
        )
      : new Map<string, string>();
  const nameOf = (key: string) =>
    by === 'day' ? formatInstant(Number(key)).slice(0, 10) : by === 'agent' ? (names.get(key) ?? key) : key;
  return rows.map(({ key, usage }) => ({ key: nameOf(key), ...presentModel(usage) }));
}

/** What agents used, from the meters. Seed: mitosis-sdk-reference 7.5. */
export function usageRoutes(door: Door): void {
  const tag = 'Credits';
  const base = '/api/v1/offices/:officeId';
  for (const [path, id, summary] of [
    ['usage', 'usage', 'Processor, memory and credits of a period'],
    ['usage/current', 'usageCurrent', 'The same, of this month so far'],
    ['usage/summary', 'usageSummary', 'The same, under its first name'],
  ] as const) {
    door.route(
      {
        method: 'GET',
        path: `${base}/${path}`,
        id: `credits.${id}`,
        tag,
        summary,
        params: office.OfficeParams,
        query: path === 'usage/current' ? office.NoPeriodQuery : office.UsageQuery,
        answers: { 200: office.UsageSummary },
        fails: [404],
      },
      async ({ context, params, query }) =>
        summarise(context, params.officeId, periodOf(context, path === 'usage/current' ? {} : query)),
    );
  }
  door.route(
    {
      method: 'GET',
      path: `${base}/usage/llm`,
      id: 'credits.llmUsage',
      tag,
      summary: 'Tokens and money of models, by agent, model or day',
      params: office.OfficeParams,
      query: office.LlmUsageQuery,
      answers: { 200: Type.Array(office.LlmUsage) },
      fails: [404],
    },
    async ({ context, params, query }) =>
      listModels(context, params.officeId, periodOf(context, query), query.by ?? 'agent'),
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/usage/llm/summary`,
      id: 'credits.llmUsageSummary',
      tag,
      summary: 'Tokens and money of models in all, and by agent',
      params: office.OfficeParams,
      query: office.UsageQuery,
      answers: { 200: office.LlmUsageSummary },
      fails: [404],
    },
    async ({ context, params, query }): Promise<office.LlmUsageSummary> => {
      const agents = await listModels(context, params.officeId, periodOf(context, query), 'agent');
      const total_cost = agents.reduce((total, agent) => total + agent.total_cost, 0);
      return {
        total_tokens: agents.reduce((total, agent) => total + agent.total_tokens, 0),
        total_cost,
        total_credits: total_cost,
        agents: agents.map(({ key, ...totals }) => ({ agent: key, ...totals })),
      };
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/employees/:name/usage`,
      id: 'credits.agentUsage',
      tag,
      summary: 'What one agent used',
      params: office.EmployeeParams,
      query: office.UsageQuery,
      answers: { 200: office.AgentUsage },
      fails: [404],
    },
    async ({ context, params, query }): Promise<office.AgentUsage> => {
      const agent = await loadAgent(context, params.officeId, params.name, 'credits:read');
      const period = { ...periodOf(context, query), agentId: agent.id };
      const { cpu_core_hours, memory_gib_hours, total_credits } = await summarise(context, params.officeId, period);
      const models = await listModels(context, params.officeId, period, 'model');
      return { agent: agent.name, cpu_core_hours, memory_gib_hours, total_credits, models };
    },
  );
}
