import { office } from '@guildhall/contract';
import Type from 'typebox';
import { type Agent, listAgents, presenceOf } from '../../domain/agents/index.ts';
import type { Context } from '../../domain/context/index.ts';
import { mayHear } from '../../domain/conversations/index.ts';
import type { Event } from '../../domain/events/index.ts';
import { loadOffice } from '../../domain/offices/index.ts';
import { type Door, sendEventStream } from '../../http/index.ts';
import type { DialectParts } from '../parts.ts';

const BOTS_MAX = 1_000;
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
        'Events: `bots` {office_id, bots: [{bot_id, name, role, originSource, status, lastSeen}]}, `bot` {bot_id, name, change}, `bot_removed` {bot_id, name}, `end`. Resume with `Last-Event-ID` or `?cursor=`.',
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
        frame: frameOf,
        mayHear,
        greeting: { event: 'bots', data: { office_id: row.id, bots: items.map((agent) => botOf(context, agent)) } },
        closing: parts.closing,
        stillAllowed: () => parts.reauthenticate(request),
      });
    },
  );
}

function botOf(context: Context, agent: Agent) {
  const { online, lastSeenAt } = presenceOf(context, agent);
  return {
    bot_id: agent.id,
    name: agent.name,
    role: agent.role,
    originSource: agent.driver === 'external' ? 'external' : 'office',
    status: agent.last_error !== null && !online ? 'error' : online ? 'online' : 'offline',
    lastSeen: lastSeenAt,
  };
}

function frameOf({ type, subject_id: bot_id, data }: Event): { event: string; data: unknown } {
  if (GONE.has(type)) return { event: 'bot_removed', data: { bot_id, name: data.name ?? '' } };
  return { event: 'bot', data: { bot_id, name: data.name ?? '', change: type.slice('agent.'.length) } };
}
