import { office } from '@guildhall/contract';
import { errors, formatInstant } from '@guildhall/kernel';
import Type from 'typebox';
import type { Context } from '../../domain/context/index.ts';
import {
  addMember,
  type Conversation,
  createGroup,
  type Delivery,
  deliveriesOf,
  findDirect,
  listConversations,
  listMembers,
  listMessages,
  loadConversation,
  type Message,
  markRead,
  noteFetched,
  removeMember,
  renameGroup,
  type Sent,
  sendMessage,
  unreadCount,
} from '../../domain/conversations/index.ts';
import { loadOffice } from '../../domain/offices/index.ts';
import { Answer, type Door, itemsWithCursor } from '../../http/index.ts';

const LIMIT_DEFAULT = 50;
/** The sender that the SDK speaks as (seed: mitosis-sdk-reference 13). */
const SDK_ALIAS = 'admin-sdk';

const JUST_SENT: Delivery = { state: 'sent', readBy: [] };

/** Messages of one conversation, with how far they have come. An agent that asks has them by that. */
export async function presentMessages(
  context: Context,
  conversation: Conversation,
  messages: readonly Message[],
): Promise<office.XMTPMessage[]> {
  await noteFetched(context, conversation, messages);
  const deliveryOf = await deliveriesOf(context, conversation.id, messages);
  return messages.map((message) => presentMessage(message, deliveryOf(message.id)));
}

export function presentMessage(message: Message, { state, readBy } = JUST_SENT): office.XMTPMessage {
  return {
    id: message.id,
    conversation_id: message.conversation_id,
    from_agent: message.sender,
    content: message.content,
    body: message.content,
    created_at: formatInstant(message.created_at),
    delivery: state,
    read_by: readBy,
  };
}

function presentSent(sent: Sent): office.SendMessageAnswer {
  return { message: presentMessage(sent.message), request_ids: sent.receiptIds };
}

export function presentConversation(
  context: Context,
  conversation: Conversation & { members: string[] },
): office.XMTPConversation {
  const { principal } = context;
  const own = principal.kind === 'agent' ? [principal.name] : ['user', SDK_ALIAS];
  const others = conversation.members.filter((member) => !own.includes(member));
  // One other: that is the peer. Two agents among themselves: not the caller's conversation with either of them.
  const only = others.length === 1 ? others[0] : undefined;
  const peer = only ?? conversation.members.join(' & ');
  const { last_message: said, last_message_at: at } = conversation;
  return {
    id: conversation.id,
    peer,
    members: conversation.members,
    conversationId: conversation.id,
    peerAddress: peer,
    ...(only === undefined ? {} : { agentName: only }),
    ...(said === null ? {} : { last_message: said, lastMessage: said }),
    ...(at === null ? {} : { last_message_at: formatInstant(at), lastMessageAt: formatInstant(at) }),
  };
}

export function presentGroup(group: Conversation & { members: string[] }): office.XMTPGroup {
  return { id: group.id, name: group.name, members: group.members, created_at: formatInstant(group.created_at) };
}

/** The name that the caller goes by in a conversation. */
function readerIn({ principal }: Context, members: readonly string[]): string {
  if (principal.kind === 'agent') return principal.name;
  return members.includes(SDK_ALIAS) ? SDK_ALIAS : 'user';
}

function textOf(body: { content?: string; body?: string }): string {
  const text = body.content ?? body.body;
  if (text === undefined) throw errors.validationFailed('content', 'is missing');
  return text;
}

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
      return Promise.all(
        listed.map(async (conversation) => ({
          ...presentConversation(context, conversation),
          ...(query.unread === true
            ? { unread: await unreadCount(context, conversation.id, readerIn(context, conversation.members)) }
            : {}),
        })),
      );
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
      fails: [402, 404],
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
      description: '`{agent_id, content}` sends to the agent as `admin-sdk`; `{from, to, body}` names both.',
      params: office.OfficeParams,
      body: office.SendXMTPMessageRequest,
      answers: { 201: office.SendMessageAnswer },
      fails: [402, 404],
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
  groupRoutes(door, `${base}/groups`, tag);
}

async function withMembers(context: Context, group: Conversation): Promise<Conversation & { members: string[] }> {
  return { ...group, members: (await listMembers(context, group.id)).map((member) => member.participant) };
}

function groupRoutes(door: Door, base: string, tag: string): void {
  const one = `${base}/:groupId`;
  door.route(
    {
      method: 'GET',
      path: base,
      id: 'xmtpApi.listGroups',
      tag,
      summary: 'Groups, newest first',
      params: office.OfficeParams,
      query: office.PageQuery,
      answers: { 200: Type.Array(office.XMTPGroup) },
      fails: [404],
    },
    async ({ context, params, query, reply }) =>
      itemsWithCursor(
        reply,
        await listConversations(context, params.officeId, 'group', {
          limit: query.limit ?? LIMIT_DEFAULT,
          cursor: query.cursor,
        }),
      ).map(presentGroup),
  );
  door.route(
    {
      method: 'POST',
      path: base,
      id: 'xmtpApi.createGroup',
      tag,
      summary: 'Open a group',
      description: 'Agents answer when they are mentioned: `@name` or `@all`.',
      params: office.OfficeParams,
      body: office.CreateGroupRequest,
      answers: { 201: office.XMTPGroup },
      fails: [404],
      idempotent: true,
    },
    async ({ context, params, body }) =>
      presentGroup(await withMembers(context, await createGroup(context, params.officeId, body))),
  );
  door.route(
    {
      method: 'GET',
      path: `${one}/messages`,
      id: 'xmtpApi.getGroupMessages',
      tag,
      summary: 'The newest messages of a group, oldest first',
      params: office.GroupParams,
      query: office.MessagesQuery,
      answers: { 200: Type.Array(office.XMTPMessage) },
      fails: [404],
    },
    async ({ context, params, query, reply }) => {
      const group = await loadConversation(context, params.officeId, params.groupId, 'chat:read');
      const page = { limit: query.limit ?? LIMIT_DEFAULT, cursor: query.cursor };
      return presentMessages(context, group, itemsWithCursor(reply, await listMessages(context, group.id, page)));
    },
  );
  door.route(
    {
      method: 'POST',
      path: `${one}/send`,
      id: 'xmtpApi.sendGroupMessage',
      tag,
      summary: 'Say something in a group',
      params: office.GroupParams,
      body: office.PostMessageRequest,
      answers: { 201: office.SendMessageAnswer },
      fails: [402, 404],
      idempotent: true,
    },
    async ({ context, params, body }) =>
      presentSent(
        await sendMessage(context, params.officeId, {
          to: { conversationId: params.groupId },
          content: textOf(body),
          alias: body.agent_id ?? body.from ?? 'user',
        }),
      ),
  );
  door.route(
    {
      method: 'POST',
      path: `${one}/members`,
      id: 'xmtpApi.addMember',
      tag,
      summary: 'Add an agent to a group',
      params: office.GroupParams,
      body: office.AddMemberRequest,
      answers: { 204: null },
      fails: [404, 409],
    },
    async ({ context, params, body }) => {
      const name = body.agent_name ?? body.agentName;
      if (name === undefined) throw errors.validationFailed('agent_name', 'is missing');
      await addMember(context, params.officeId, params.groupId, name);
      return new Answer(204, undefined);
    },
  );
  door.route(
    {
      method: 'DELETE',
      path: `${one}/members/:agentName`,
      id: 'xmtpApi.removeMember',
      tag,
      summary: 'Take an agent out of a group',
      params: office.MemberParams,
      answers: { 204: null },
      fails: [404, 409],
    },
    async ({ context, params }) => {
      await removeMember(context, params.officeId, params.groupId, params.agentName);
      return new Answer(204, undefined);
    },
  );
  door.route(
    {
      method: 'PATCH',
      path: one,
      id: 'xmtpApi.renameGroup',
      tag,
      summary: 'Rename a group',
      params: office.GroupParams,
      body: office.RenameGroupRequest,
      answers: { 204: null },
      fails: [404],
    },
    async ({ context, params, body }) => {
      await renameGroup(context, params.officeId, params.groupId, body.name);
      return new Answer(204, undefined);
    },
  );
}
