import { office } from '@guildhall/contract';
import { errors, type PageRequest } from '@guildhall/kernel';
import type { FastifyReply } from 'fastify';
import type { Context } from '../../domain/context/index.ts';
import {
  addMember,
  type Conversation,
  createGroup,
  findDirect,
  listConversations,
  listMembers,
  listMessages,
  loadConversation,
  officeGroup,
  renameGroup,
  sendMessage,
} from '../../domain/conversations/index.ts';
import { loadOffice } from '../../domain/offices/index.ts';
import { type Door, itemsWithCursor } from '../../http/index.ts';
import { presentConversation, presentGroup, presentMessages, presentSent } from './xmtp-shapes.ts';

const LIMIT_DEFAULT = 50;

/** The chat of an office as pages read it (seed: mitosis-external-agents, XMTP Frontend Surface). */
export function proxyRoutes(door: Door): void {
  const tag = 'External agents';
  const path = '/api/offices/:officeId/xmtp';
  door.route(
    {
      method: 'GET',
      path,
      id: 'proxy.view',
      tag,
      summary: 'Conversations, the office group, or messages',
      params: office.OfficeParams,
      query: office.ProxyQuery,
      answers: { 200: office.ProxyView },
      fails: [404],
    },
    async ({ context, params, query, reply }): Promise<office.ProxyViewAnswer> => {
      const { officeId } = params;
      const page = { limit: query.limit ?? LIMIT_DEFAULT, cursor: query.cursor };
      switch (query.view) {
        case 'conversations': {
          const listed = itemsWithCursor(reply, await listConversations(context, officeId, 'direct', page));
          return { conversations: listed.map((conversation) => presentConversation(context, conversation)) };
        }
        case 'groups': {
          const group = await officeGroup(context, officeId);
          const members = (await listMembers(context, group.id)).map(({ participant }) => participant);
          return { groups: [presentGroup({ ...group, members })] };
        }
        case 'messages': {
          await loadOffice(context, officeId, 'chat:read');
          const { agent, peer = 'user' } = query;
          if (agent === undefined) throw errors.validationFailed('agent', 'is missing');
          const direct = await findDirect(context, officeId, agent, peer);
          // An agent reads its own conversations only.
          const found =
            direct === undefined ? undefined : await loadConversation(context, officeId, direct.id, 'chat:read');
          return { messages: found === undefined ? [] : await messagesOf(context, reply, found, page) };
        }
        case 'group-messages': {
          const { groupId } = query;
          if (groupId === undefined) throw errors.validationFailed('groupId', 'is missing');
          const group = await loadConversation(context, officeId, groupId, 'chat:read');
          return { messages: await messagesOf(context, reply, group, page) };
        }
      }
    },
  );
  door.route(
    {
      method: 'POST',
      path,
      id: 'proxy.act',
      tag,
      summary: 'Send to an agent or a group; make, fill and rename groups',
      params: office.OfficeParams,
      body: office.ProxyRequest,
      answers: { 200: office.ProxyResponse },
      fails: [402, 404],
      idempotent: true,
    },
    async ({ context, params, body }) => {
      const { officeId } = params;
      // Who may not speak here is not told what is missing.
      await loadOffice(context, officeId, 'chat:write');
      switch (body.action) {
        case 'send': {
          const to = { name: needed(body, 'to') };
          return said(context, officeId, to, body);
        }
        case 'group-send':
          return said(context, officeId, { conversationId: needed(body, 'groupId') }, body);
        case 'create-group': {
          const group = await createGroup(context, officeId, { name: body.name, members: body.members ?? [] });
          const members = (await listMembers(context, group.id)).map(({ participant }) => participant);
          return { group: presentGroup({ ...group, members }) };
        }
        case 'add-member':
          await addMember(context, officeId, needed(body, 'groupId'), body.agentName ?? needed(body, 'agent'));
          return { ok: true };
        case 'rename-group':
          await renameGroup(context, officeId, needed(body, 'groupId'), needed(body, 'name'));
          return { ok: true };
      }
    },
  );
}

async function said(
  context: Context,
  officeId: string,
  to: { name: string } | { conversationId: string },
  body: office.ProxyRequest,
) {
  const { principal } = context;
  if (principal.kind === 'agent' && body.from !== undefined && body.from !== principal.name)
    throw errors.validationFailed('from', `is not ${principal.name}, whose credential this is`);
  const sent = await sendMessage(context, officeId, { to, content: needed(body, 'body'), alias: body.from });
  return presentSent(sent);
}

async function messagesOf(context: Context, reply: FastifyReply, conversation: Conversation, page: PageRequest) {
  const listed = itemsWithCursor(reply, await listMessages(context, conversation.id, page));
  return presentMessages(context, conversation, listed);
}

function needed(body: office.ProxyRequest, field: 'to' | 'body' | 'groupId' | 'agent' | 'name'): string {
  const value = body[field];
  if (value === undefined || value === '') throw errors.validationFailed(field, 'is missing');
  return value;
}
