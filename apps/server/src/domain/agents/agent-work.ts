import { startOfUtcDayMs } from '@guildhall/kernel';
import { isOpenRun } from '../../schema/index.ts';
import type { Context } from '../context/index.ts';
import type { Run } from '../runs/index.ts';
import type { Agent } from './agent-store.ts';

/** What an agent is at, and what it has used today. */
export interface AgentWork {
  /** The run under way, or the one that starts next. */
  run: Run | undefined;
  spentTodayCents: number;
  heldTodayCents: number;
  /** What it was offered in its newest run by a model; undefined before the first. */
  tools: { count: number; tokens: number } | undefined;
}

/** Reads no more than three rows by index: every look at an agent asks this. */
export async function agentWork(context: Context, agent: Agent): Promise<AgentWork> {
  const run = await context.db
    .selectFrom('runs')
    .selectAll()
    .where('agent_id', '=', agent.id)
    .where(isOpenRun)
    // `running` sorts after `queued`.
    .orderBy('status', 'desc')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  const spend = await context.db
    .selectFrom('agent_spend')
    .select(['spent_cents', 'held_cents'])
    .where('agent_id', '=', agent.id)
    .where('day_at', '=', startOfUtcDayMs(context.house.clock.now()))
    .executeTakeFirst();
  const newest = await context.db
    .selectFrom('runs')
    .select(['tool_count', 'tool_tokens'])
    .where('agent_id', '=', agent.id)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  const tools = newest?.tool_count == null ? undefined : { count: newest.tool_count, tokens: newest.tool_tokens ?? 0 };
  return { run, spentTodayCents: spend?.spent_cents ?? 0, heldTodayCents: spend?.held_cents ?? 0, tools };
}
