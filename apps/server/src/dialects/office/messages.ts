import { office } from '@guildhall/contract';
import { formatInstant } from '@guildhall/kernel';
import Type from 'typebox';
import type { Context } from '../../domain/context/index.ts';
import { concerns, mayHear, noteDelivered, sendMessage } from '../../domain/conversations/index.ts';
import type { Event } from '../../domain/events/index.ts';
import { loadOffice } from '../../domain/offices/index.ts';
import { officeStatus } from '../../domain/runs/index.ts';
import { type Door, type EventStreamOptions, sendEventStream } from '../../http/index.ts';
import type { DialectParts } from '../parts.ts';
import { presentSent, SDK_ALIAS } from './xmtp-shapes.ts';

const WITH_RECEIPTS = ['message.sent', 'message.read', 'message.delivered'];

/** A `message.sent` event as the office stream tells it (spec: mitosis.md 2, stream message). */
function frameOf(event: Event): { event: string; data: unknown } | undefined {
  const { data } = event;
  if (data.control === true) return undefined;
  const isGroup = data.conversation_kind === 'group';
  const type = isGroup ? 'group_message' : 'direct_message';
  return {
    event: type,
    data: {
      type,
      id: data.message_id,
      from_agent: data.from,
      to_agent: data.to,
      group_id: isGroup ? data.conversation_id : null,
      group_name: isGroup ? (data.group_name ?? null) : null,
      agentId: event.agent_id,
      conversation_id: data.conversation_id,
      content: data.content,
      body: data.content,
      created_at: formatInstant(event.at),
    },
  };
}

/** That somebody has, or has read, what was said up to a message. */
function receiptOf({ type: eventType, data, at }: Event): { event: string; data: unknown } {
  const type = eventType === 'message.read' ? 'message_read' : 'message_delivered';
  const { conversation_id, participant, message_id } = data;
  return { event: type, data: { type, conversation_id, participant, message_id, created_at: formatInstant(at) } };
}

/** An agent that was sent messages has them by that. */
async function noteHeard(context: Context, officeId: string, events: readonly Event[]): Promise<void> {
  if (context.principal.kind !== 'agent') return;
  const own = context.principal.name;
  const newest = new Map(
    events
      .filter(({ type, data }) => type === 'message.sent' && data.from !== own)
      .map(({ subject_id, data }) => [subject_id, String(data.message_id)]),
  );
  for (const [conversationId, messageId] of newest) await noteDelivered(context, officeId, conversationId, messageId);
}

/** What agents of an office write, as they write it. */
function deltasOf({ house }: Context, officeId: string): NonNullable<EventStreamOptions['live']> {
  return (tell) =>
    house.live.onText((piece) => {
      if (piece.officeId !== officeId) return;
      const { conversationId, runId, agent, text } = piece;
      tell({
        event: 'message_delta',
        data: { type: 'message_delta', from_agent: agent, conversation_id: conversationId, run_id: runId, text },
      });
    });
}

/** Seed: mitosis-sdk-reference 7.9, MessagesAPI. */
export function messageRoutes(door: Door, parts: DialectParts): void {
  const tag = 'Messages';
  door.route(
    {
      method: 'GET',
      path: '/api/v1/offices/:officeId/messages/pool-stats',
      id: 'messages.poolStats',
      tag,
      summary: 'How many agents are at work, and how many could be',
      params: office.OfficeParams,
      answers: { 200: office.PoolStats },
      fails: [404],
    },
    async ({ context, params }): Promise<office.PoolStats> => {
      const { agents, runs } = await officeStatus(context, params.officeId);
      return { active: runs.running, idle: Math.max(0, agents.active - runs.running) };
    },
  );
  door.route(
    {
      method: 'POST',
      path: '/api/v1/offices/:officeId/messages/send',
      id: 'messages.send',
      tag,
      summary: 'Say something to an agent',
      params: office.OfficeParams,
      body: office.SendMessageRequest,
      answers: { 201: office.SendMessageAnswer },
      fails: [402, 404],
      idempotent: true,
    },
    async ({ context, params, body }) => {
      const sent = await sendMessage(context, params.officeId, {
        to: { name: body.to },
        content: body.content,
        alias: SDK_ALIAS,
      });
      return presentSent(sent);
    },
  );
  door.route(
    {
      method: 'GET',
      path: '/api/v1/offices/:officeId/messages/stream',
      aliases: ['/api/v1/offices/:officeId/xmtp/stream'],
      id: 'messages.stream',
      tag,
      summary: 'Messages of the office as they are said (SSE)',
      description:
        'Events `connected`, `direct_message`, `group_message`, `end`; with `deltas=true` also `message_delta`, what agents write as they write it, without an id (an empty `text` begins an answer); with `receipts=true` also `message_read` and `message_delivered`. Resume with `Last-Event-ID` or `?cursor=`.',
      params: office.OfficeParams,
      query: office.MessageStreamQuery,
      answers: { 200: Type.Unsafe({ type: 'string', description: 'text/event-stream' }) },
      fails: [404, 410],
      stream: true,
    },
    async ({ context, params, query, request, reply }) => {
      const row = await loadOffice(context, params.officeId, 'chat:read');
      await sendEventStream(context, request, reply, {
        stream: row.organization_id,
        filter: { officeId: row.id, types: query.receipts === true ? WITH_RECEIPTS : ['message.sent'] },
        cursor: query.cursor,
        frame: async (event) => {
          if (query.agentId !== undefined && !(await concerns(context, event, query.agentId))) return undefined;
          return event.type === 'message.sent' ? frameOf(event) : receiptOf(event);
        },
        mayHear,
        onWritten: (events) => noteHeard(context, row.id, events),
        ...(query.deltas === true && context.principal.kind !== 'agent' ? { live: deltasOf(context, row.id) } : {}),
        greeting: { event: 'connected', data: { type: 'connected', office_id: row.id } },
        closing: parts.closing,
        stillAllowed: () => parts.reauthenticate(request),
      });
    },
  );
}
