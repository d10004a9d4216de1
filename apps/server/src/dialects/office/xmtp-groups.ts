import { office } from '@guildhall/contract';
import { errors } from '@guildhall/kernel';
import Type from 'typebox';
import type { Context } from '../../domain/context/index.ts';
import {
  addMember,
  type Conversation,
  createGroup,
  listConversations,
  listMembers,
  listMessages,
  loadGroup,
  removeMember,
  renameGroup,
  sendMessage,
} from '../../domain/conversations/index.ts';
import { Answer, type Door, itemsWithCursor } from '../../http/index.ts';
import { presentGroup, presentMessages, presentSent, textOf } from './xmtp-shapes.ts';

const LIMIT_DEFAULT = 50;

async function withMembers(context: Context, group: Conversation): Promise<Conversation & { members: string[] }> {
  return { ...group, members: (await listMembers(context, group.id)).map((member) => member.participant) };
}

/** Seed: mitosis-sdk-reference 6.3 and 7.6, groups. */
export function groupRoutes(door: Door): void {
  const tag = 'XMTP';
  const base = '/api/v1/offices/:officeId/xmtp/groups';
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
      description:
        'Agents answer when they are mentioned: `@name` or `@all`. With addresses (`0x…`) among the members, an agent of them that is on XMTP opens it there.',
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
      const group = await loadGroup(context, params.officeId, params.groupId, 'chat:read');
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
      fails: [402, 404, 409],
      idempotent: true,
    },
    async ({ context, params, body }) => {
      const group = await loadGroup(context, params.officeId, params.groupId, 'chat:write');
      return presentSent(
        await sendMessage(context, params.officeId, {
          to: { conversationId: group.id },
          content: textOf(body),
          alias: body.agent_id ?? body.from ?? 'user',
        }),
      );
    },
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
      fails: [404, 409],
    },
    async ({ context, params, body }) => {
      await renameGroup(context, params.officeId, params.groupId, body.name);
      return new Answer(204, undefined);
    },
  );
}
