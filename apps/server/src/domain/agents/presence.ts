import type { JsonObject } from '@guildhall/kernel';
import type { Context } from '../context/index.ts';
import type { Agent } from './agent-store.ts';

export interface Presence {
  online: boolean;
  /** In one word: what failed last counts until it is heard of again. */
  status: 'online' | 'offline' | 'error';
  lastSeenAt: number | null;
}

/** An external agent is online while it beats; ours are whenever they may run, since the house wakes them. */
const HEARTBEAT_FRESH_MS = 120_000;

export function presenceOf(context: Context, agent: Agent): Presence {
  const { last_seen_at: lastSeenAt, last_error } = agent;
  const isFresh = lastSeenAt !== null && context.house.clock.now() - lastSeenAt < HEARTBEAT_FRESH_MS;
  const online = agent.state === 'active' && (isFresh || agent.driver !== 'external');
  return { online, status: online ? 'online' : last_error === null ? 'offline' : 'error', lastSeenAt };
}

/** The agent did something now. Presence is a fact about the present, not a change of state: no event. */
export async function touchAgent(context: Context, agentId: string): Promise<void> {
  await context.db
    .updateTable('agents')
    .set({ last_seen_at: context.house.clock.now() })
    .where('id', '=', agentId)
    .execute();
}

const NOTE_EVERY_MS = 10_000;
const NOTED_MAX = 10_000;
const notedAt = new WeakMap<Context['house'], Map<string, number>>();

/**
 * The agent asked for something with its own credential: that is its heartbeat. Written now and then, not with every request;
 * a beat that is not written in time is made up for by the next.
 */
export async function noteHeartbeat(context: Context, agentId: string): Promise<void> {
  const { house } = context;
  const noted = notedAt.get(house) ?? new Map<string, number>();
  notedAt.set(house, noted);
  const now = house.clock.now();
  if (now - (noted.get(agentId) ?? 0) < NOTE_EVERY_MS) return;
  if (noted.size >= NOTED_MAX) noted.clear();
  noted.set(agentId, now);
  await touchAgent(context, agentId);
}

/** Keeps the last failure where the operator looks for it. */
export async function noteAgentError(context: Context, agentId: string, error: JsonObject): Promise<void> {
  await context.db.updateTable('agents').set({ last_error: error }).where('id', '=', agentId).execute();
}
