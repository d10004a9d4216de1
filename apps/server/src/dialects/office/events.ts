import { office } from '@guildhall/contract';
import { formatInstant } from '@guildhall/kernel';
import Type from 'typebox';
import { listMessages, loadConversation, type Message, mayHear, readHeard } from '../../domain/conversations/index.ts';
import { type Event, listEvents } from '../../domain/events/index.ts';
import { loadOffice } from '../../domain/offices/index.ts';
import { type Door, itemsWithCursor, sendEventStream } from '../../http/index.ts';
import type { DialectParts } from '../parts.ts';

const LIMIT_DEFAULT = 100;

export function presentEvent(event: Event): office.Event {
  return {
    id: event.seq,
    type: event.type,
    subject: event.subject_id,
    actor: { kind: event.actor_kind, id: event.actor_id },
    data: event.data,
    created_at: formatInstant(event.at),
  };
}

function presentChatEvent(message: Message): office.ChatEvent {
  return {
    id: message.id,
    type: 'message',
    session_key: message.conversation_id,
    from: message.sender,
    content: message.content,
    created_at: formatInstant(message.created_at),
  };
}

function wordsOf(list: string | undefined): string[] | undefined {
  const words = list
    ?.split(',')
    .map((word) => word.trim())
    .filter(Boolean);
  return words === undefined || words.length === 0 ? undefined : words;
}

/** Seed: mitosis-sdk-reference 7.9, EventsAPI; the stream of all events is ours. */
export function eventRoutes(door: Door, parts: DialectParts): void {
  const tag = 'Events';
  const base = '/api/v1/offices/:officeId/events';
  door.route(
    {
      method: 'GET',
      path: base,
      id: 'events.list',
      tag,
      summary: 'What happened in the office, newest first',
      params: office.OfficeParams,
      query: office.EventListQuery,
      answers: { 200: Type.Array(office.Event) },
      fails: [404],
    },
    async ({ context, params, query }) => {
      const row = await loadOffice(context, params.officeId, 'events:read');
      const place = { organizationId: row.organization_id, officeId: row.id };
      const filter = { types: wordsOf(query.type) };
      const page = { limit: query.limit ?? LIMIT_DEFAULT, beforeSeq: query.before };
      const events = await readHeard(context, page, (part) => listEvents(context, place, filter, part));
      return events.map(presentEvent);
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/chat/:sessionKey`,
      id: 'events.chatEvents',
      tag,
      summary: 'What was said in a conversation, oldest first; the newest page without a cursor',
      params: office.ChatEventsParams,
      query: office.PageQuery,
      answers: { 200: Type.Array(office.ChatEvent) },
      fails: [404],
    },
    async ({ context, params, query, reply }) => {
      const conversation = await loadConversation(context, params.officeId, params.sessionKey, 'chat:read');
      const page = { limit: query.limit ?? LIMIT_DEFAULT, cursor: query.cursor };
      return itemsWithCursor(reply, await listMessages(context, conversation.id, page)).map(presentChatEvent);
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/ssh`,
      id: 'events.sshEvents',
      tag,
      summary: 'Who logged in to machines of the office',
      description:
        'What callbacks of the types ssh.… and terminal.… told, newest first. Agents of this host have no login of their own.',
      params: office.OfficeParams,
      query: office.EventPageQuery,
      answers: { 200: Type.Array(office.Event) },
      fails: [404],
    },
    async ({ context, params, query }) => {
      const row = await loadOffice(context, params.officeId, 'events:read');
      const place = { organizationId: row.organization_id, officeId: row.id };
      const page = { limit: query.limit ?? LIMIT_DEFAULT, beforeSeq: query.before };
      const events = await readHeard(context, page, (part) =>
        listEvents(context, place, { types: ['terminal'] }, part),
      );
      return events.map(presentEvent);
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/stream`,
      id: 'events.stream',
      tag,
      summary: 'Everything that happens in the office (SSE)',
      description:
        'Each event is named by its type and carries its cursor as `id`. Resume with `Last-Event-ID` or `?cursor=`; the last event is `end` with the reason.',
      params: office.OfficeParams,
      query: office.StreamQuery,
      answers: { 200: Type.Unsafe({ type: 'string', description: 'text/event-stream' }) },
      fails: [404, 410],
      stream: true,
    },
    async ({ context, params, query, request, reply }) => {
      const row = await loadOffice(context, params.officeId, 'events:read');
      await sendEventStream(context, request, reply, {
        stream: row.organization_id,
        filter: { officeId: row.id, types: wordsOf(query.filter) },
        cursor: query.cursor,
        frame: (event) => ({ event: event.type, data: presentEvent(event) }),
        mayHear,
        closing: parts.closing,
        stillAllowed: () => parts.reauthenticate(request),
      });
    },
  );
}
