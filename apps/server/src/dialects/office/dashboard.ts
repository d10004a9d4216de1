import { office } from '@guildhall/contract';
import { formatInstant, GuildhallError } from '@guildhall/kernel';
import Type from 'typebox';
import { type Agent, listAgents, loadAgent, presenceOf } from '../../domain/agents/index.ts';
import type { Context } from '../../domain/context/index.ts';
import { mayHear } from '../../domain/conversations/index.ts';
import type { Event } from '../../domain/events/index.ts';
import { loadOffice } from '../../domain/offices/index.ts';
import { type Door, sendEventStream } from '../../http/index.ts';
import type { DialectParts } from '../parts.ts';

const BOTS_MAX = 1_000;
/** So late at most a bot is told to be online, or offline, after it is. */
const PRESENCE_LOOK_MS = 5_000;
const GONE = new Set(['agent.fired', 'agent.archived']);

/**
 * The bots of an office as a dashboard shows them (seed: mitosis-external-agents, Dashboard Visibility; its event names were
 * lost, so these are ours): `bots` first, then `bot` for each change and `bot_removed`.
 */
export function dashboardRoutes(door: Door, parts: DialectParts): void {
  door.route(
    {
      method: 'GET',
      path: '/api/dashboard/stream',
      id: 'dashboard.stream',
      tag: 'External agents',
      summary: 'The bots of an office, and what becomes of them (SSE)',
      description:
        'Events: `bots` {office_id, bots: [{bot_id, name, role, originSource, status, lastSeen}]}, `bot` {the same of one bot, and change: what became of it, or `online`, `offline`, `error`}, `bot_removed` {bot_id, name}, `end`. Resume with `Last-Event-ID` or `?cursor=`.',
      query: office.DashboardQuery,
      answers: { 200: Type.Unsafe({ type: 'string', description: 'text/event-stream' }) },
      fails: [404, 410],
      stream: true,
    },
    async ({ context, query, request, reply }) => {
      const row = await loadOffice(context, query.office, 'agents:read');
      const { items } = await listAgents(context, row.id, { limit: BOTS_MAX });
      await sendEventStream(context, request, reply, {
        stream: row.organization_id,
        filter: { officeId: row.id, types: ['agent'] },
        cursor: query.cursor,
        frame: (event) => frameOf(context, row.id, event),
        live: (tell) => watchPresence(context, row.id, items, tell),
        mayHear,
        greeting: { event: 'bots', data: { office_id: row.id, bots: items.map((agent) => botOf(context, agent)) } },
        closing: parts.closing,
        stillAllowed: () => parts.reauthenticate(request),
      });
    },
  );
}

function botOf(context: Context, agent: Agent): office.DashboardBot {
  const { status, lastSeenAt } = presenceOf(context, agent);
  return {
    bot_id: agent.id,
    name: agent.name,
    role: agent.role,
    originSource: agent.driver === 'external' ? 'external' : 'office',
    status,
    lastSeen: lastSeenAt === null ? null : formatInstant(lastSeenAt),
  };
}

/** What became of a bot, and how it is now. */
async function frameOf(
  context: Context,
  officeId: string,
  { type, subject_id: bot_id, data }: Event,
): Promise<{ event: string; data: unknown }> {
  const gone = { event: 'bot_removed', data: { bot_id, name: data.name ?? '' } };
  if (GONE.has(type)) return gone;
  try {
    const agent = await loadAgent(context, officeId, bot_id, 'agents:read');
    return { event: 'bot', data: { ...botOf(context, agent), change: type.slice('agent.'.length) } };
  } catch (error) {
    // It has left since.
    if (error instanceof GuildhallError && error.code === 'not_found') return gone;
    throw error;
  }
}

/** Presence is no event: it is looked at, and what changed is told. Returns the function that stops it. */
function watchPresence(
  context: Context,
  officeId: string,
  agents: readonly Agent[],
  tell: (frame: { event: string; data: unknown }) => void,
): () => void {
  const known = new Map(agents.map((agent) => [agent.id, botOf(context, agent).status]));
  const look = async () => {
    const { items } = await listAgents(context, officeId, { limit: BOTS_MAX });
    for (const agent of items) {
      const bot = botOf(context, agent);
      const before = known.get(agent.id);
      known.set(agent.id, bot.status);
      // One that was hired since is told of once more: how it is may have changed before it was first looked at.
      if (before !== bot.status) tell({ event: 'bot', data: { ...bot, change: bot.status } });
    }
  };
  // What fails is tried again: the stream itself ends by its own check.
  const timer = setInterval(() => void look().catch(() => {}), PRESENCE_LOOK_MS);
  return () => clearInterval(timer);
}
