import { office } from '@guildhall/contract';
import { errors, formatInstant } from '@guildhall/kernel';
import Type from 'typebox';
import type { Context } from '../../domain/context/index.ts';
import {
  type Conversation,
  findDirect,
  listConversations,
  listMembers,
  listMessages,
  loadConversation,
  markRead,
  sendMessage,
  unreadCounts,
} from '../../domain/conversations/index.ts';
import { loadOffice } from '../../domain/offices/index.ts';
import { type Door, itemsWithCursor } from '../../http/index.ts';
import { presentConversation, presentMessages, presentSent, readerIn, SDK_ALIAS, textOf } from './xmtp-shapes.ts';

const LIMIT_DEFAULT = 50;

/** A conversation by id; else the direct conversation of the caller with the agent of that name. */
async function findConversation(context: Context, officeId: string, key: string): Promise<Conversation | undefined> {
  await loadOffice(context, officeId, 'chat:read');
  if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(key)) return loadConversation(context, officeId, key, 'chat:read');
  const { principal } = context;
  if (principal.kind === 'agent') return findDirect(context, officeId, principal.name, key);
  return (await findDirect(context, officeId, SDK_ALIAS, key)) ?? (await findDirect(context, officeId, 'user', key));
}

/** Seed: mitosis-sdk-reference 6.2, 6.3 and 7.6. */
export function xmtpRoutes(door: Door): void {
  const tag = 'XMTP';
  const base = '/api/v1/offices/:officeId/xmtp';
  door.route(
    {
      method: 'GET',
      path: `${base}/conversations`,
      id: 'xmtpApi.listConversations',
      tag,
      summary: 'Direct conversations, newest first',
      params: office.OfficeParams,
      query: office.ConversationsQuery,
      answers: { 200: Type.Array(office.XMTPConversation) },
      fails: [404],
    },
    async ({ context, params, query, reply }) => {
      const page = { limit: query.limit ?? LIMIT_DEFAULT, cursor: query.cursor };
      const listed = itemsWithCursor(reply, await listConversations(context, params.officeId, 'direct', page));
      const presented = listed.map((conversation) => presentConversation(context, conversation));
      if (query.unread !== true) return presented;
      const readers = listed.map(({ id, members }) => ({
        conversationId: id,
        participant: readerIn(context, members),
      }));
      const unread = await unreadCounts(context, readers);
      return presented.map((conversation) => ({ ...conversation, unread: unread.get(conversation.id) ?? 0 }));
    },
  );
  door.route(
    {
      method: 'POST',
      path: `${base}/conversations/:conversationId/read`,
      id: 'xmtp.read',
      tag,
      summary: 'You have read a conversation or group, up to a message',
      description:
        'The mark only moves forward; who sends a message has read what was said before. `as` is the name that you go by there (`admin-sdk` or `user` when left out). Others are told on the stream.',
      params: office.ConversationParams,
      body: { ...office.ReadRequest, nullable: true },
      answers: { 200: office.ReadMark },
      fails: [404],
    },
    async ({ context, params, body }): Promise<office.ReadMark> => {
      await loadOffice(context, params.officeId, 'chat:write');
      const conversation = await findConversation(context, params.officeId, params.conversationId);
      if (conversation === undefined) throw errors.notFound('conversation', params.conversationId);
      const asked = (body ?? {}) as office.ReadRequest;
      const members = (await listMembers(context, conversation.id)).map(({ participant }) => participant);
      const mark = await markRead(context, conversation, {
        messageId: asked.message_id,
        alias: asked.as ?? readerIn(context, members),
      });
      return {
        conversation_id: conversation.id,
        participant: mark.participant,
        message_id: mark.messageId === '' ? null : mark.messageId,
        read_at: mark.readAt === null ? null : formatInstant(mark.readAt),
      };
    },
  );
  door.route(
    {
      method: 'POST',
      path: `${base}/conversations/:conversationId/messages`,
      id: 'xmtp.session.send',
      tag,
      summary: 'Say something in a conversation',
      description:
        '`conversationId` may be an agent’s name: the direct conversation is opened when it is new. `agent_id` is your own alias, `admin-sdk` when left out. A session frame is acknowledged at once.',
      params: office.ConversationParams,
      body: office.PostMessageRequest,
      answers: { 201: office.SendMessageAnswer },
      fails: [402, 404, 409],
      idempotent: true,
    },
    async ({ context, params, body }) => {
      const isId = /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(params.conversationId);
      const to = isId ? { conversationId: params.conversationId } : { name: params.conversationId };
      return presentSent(
        await sendMessage(context, params.officeId, {
          to,
          content: textOf(body),
          alias: body.agent_id ?? body.from ?? SDK_ALIAS,
        }),
      );
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/conversations/:conversationId/messages`,
      id: 'xmtp.session.receive',
      tag,
      summary: 'The newest messages of a conversation, oldest first',
      params: office.ConversationParams,
      query: office.MessagesQuery,
      answers: { 200: Type.Array(office.XMTPMessage) },
      fails: [404],
    },
    async ({ context, params, query, reply }) => {
      const conversation = await findConversation(context, params.officeId, params.conversationId);
      if (conversation === undefined) return [];
      const page = { limit: query.limit ?? LIMIT_DEFAULT, cursor: query.cursor };
      const messages = itemsWithCursor(reply, await listMessages(context, conversation.id, page));
      return presentMessages(context, conversation, messages);
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/messages/:agentName/:peerName`,
      id: 'xmtpApi.getMessages',
      tag,
      summary: 'The direct messages of two participants, oldest first',
      params: office.PairParams,
      query: office.MessagesQuery,
      answers: { 200: Type.Array(office.XMTPMessage) },
      fails: [404],
    },
    async ({ context, params, query, reply }) => {
      await loadOffice(context, params.officeId, 'chat:read');
      const direct = await findDirect(context, params.officeId, params.agentName, params.peerName);
      if (direct === undefined) return [];
      const conversation = await loadConversation(context, params.officeId, direct.id, 'chat:read');
      const page = { limit: query.limit ?? LIMIT_DEFAULT, cursor: query.cursor };
      const messages = itemsWithCursor(reply, await listMessages(context, conversation.id, page));
      return presentMessages(context, conversation, messages);
    },
  );
  door.route(
    {
      method: 'POST',
      path: `${base}/send`,
      id: 'xmtpApi.send',
      tag,
      summary: 'Say something to an agent',
      description:
        '`{agent_id, content}` sends to the agent as `admin-sdk`; `{from, to, body}` names both. An agent that is on XMTP may write to an address (`0x…`) outside.',
      params: office.OfficeParams,
      body: office.SendXMTPMessageRequest,
      answers: { 201: office.SendMessageAnswer },
      fails: [402, 404, 409],
      idempotent: true,
    },
    async ({ context, params, body }) => {
      const to = body.to ?? body.agent_id;
      if (to === undefined) throw errors.validationFailed('agent_id', 'is missing');
      return presentSent(
        await sendMessage(context, params.officeId, {
          to: { name: to },
          content: textOf(body),
          alias: body.from ?? SDK_ALIAS,
        }),
      );
    },
  );
}
