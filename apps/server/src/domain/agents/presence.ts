import type { JsonObject } from '@guildhall/kernel';
import type { Context } from '../context/index.ts';
import type { Agent } from './agent-store.ts';

export interface Presence {
  online: boolean;
  lastSeenAt: number | null;
}

/** An external agent is online while it beats; ours are whenever they may run, since the house wakes them. */
const HEARTBEAT_FRESH_MS = 120_000;

export function presenceOf(context: Context, agent: Agent): Presence {
  if (agent.driver !== 'external') return { online: agent.state === 'active', lastSeenAt: agent.last_seen_at };
  const isFresh = agent.last_seen_at !== null && context.house.clock.now() - agent.last_seen_at < HEARTBEAT_FRESH_MS;
  return { online: isFresh && agent.state === 'active', lastSeenAt: agent.last_seen_at };
}

/** The agent did something now. Presence is a fact about the present, not a change of state: no event. */
export async function touchAgent(context: Context, agentId: string): Promise<void> {
  await context.db
    .updateTable('agents')
    .set({ last_seen_at: context.house.clock.now() })
    .where('id', '=', agentId)
    .execute();
}

/** Keeps the last failure where the operator looks for it. */
export async function noteAgentError(context: Context, agentId: string, error: JsonObject): Promise<void> {
  await context.db.updateTable('agents').set({ last_error: error }).where('id', '=', agentId).execute();
}
