import Type, { type Static } from 'typebox';
import { closed, instant, nullable, stringEnum } from '../shapes.ts';
import { PageQuery } from './offices.ts';

export const ConversationParams = Type.Object({
  officeId: Type.String({ maxLength: 200 }),
  conversationId: Type.String({
    maxLength: 300,
    description: 'Id, or the agent’s name for the direct conversation with it.',
  }),
});
export const PairParams = Type.Object({
  officeId: Type.String({ maxLength: 200 }),
  agentName: Type.String({ maxLength: 300 }),
  peerName: Type.String({ maxLength: 300 }),
});
export const GroupParams = Type.Object({
  officeId: Type.String({ maxLength: 200 }),
  groupId: Type.String({ maxLength: 200 }),
});
export const MemberParams = Type.Object({ ...GroupParams.properties, agentName: Type.String({ maxLength: 300 }) });

export const XMTPConversation = Type.Object({
  id: Type.String(),
  peer: Type.String({ description: 'The agent.' }),
  members: Type.Array(Type.String()),
  conversationId: Type.String({ description: 'As `id`.' }),
  peerAddress: Type.String({ description: 'As `peer`.' }),
  agentName: Type.Optional(Type.String({ description: 'As `peer`, when that is one.' })),
  lastMessage: Type.Optional(Type.String()),
  lastMessageAt: Type.Optional(instant('As `last_message_at`.')),
  last_message: Type.Optional(Type.String()),
  last_message_at: Type.Optional(instant('When it was said.')),
  unread: Type.Optional(
    Type.Integer({ description: 'With `unread=true`: messages that you have not read, at most 100.' }),
  ),
});
export type XMTPConversation = Static<typeof XMTPConversation>;

export const XMTPMessage = Type.Object({
  id: Type.String(),
  conversation_id: Type.String(),
  from_agent: Type.String(),
  content: Type.String(),
  body: Type.String({ description: 'The same as content, for clients that read this name.' }),
  created_at: instant('When it was said.'),
  delivery: stringEnum(
    ['sent', 'delivered', 'read', 'failed'],
    '`sent`: kept; `delivered`: somebody else has it; `read`: somebody else read it; `failed`: who was to answer could not.',
  ),
  read_by: Type.Array(Type.String(), { description: 'Who else read it.' }),
});
export type XMTPMessage = Static<typeof XMTPMessage>;

const Text = Type.String({ maxLength: 400_000 });
const Name = Type.String({ maxLength: 300 });

/** `agent_id` is the sender’s alias (seed: mitosis-sdk-reference 13: `admin-sdk`). */
export const PostMessageRequest = closed({
  agent_id: Type.Optional(Name),
  from: Type.Optional(Name),
  content: Type.Optional(Text),
  body: Type.Optional(Text),
});
export type PostMessageRequest = Static<typeof PostMessageRequest>;

/** `{agent_id, content}` sends to the agent; `{from, to, body}` is the older spelling. */
export const SendXMTPMessageRequest = closed({
  agent_id: Type.Optional(Name),
  content: Type.Optional(Text),
  from: Type.Optional(Name),
  to: Type.Optional(Name),
  body: Type.Optional(Text),
});
export type SendXMTPMessageRequest = Static<typeof SendXMTPMessageRequest>;

export const SendMessageAnswer = Type.Object({
  message: XMTPMessage,
  request_ids: Type.Array(Type.String(), { description: 'One receipt for each reply to come.' }),
});
export type SendMessageAnswer = Static<typeof SendMessageAnswer>;

export const MessagesQuery = Type.Object({
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 500, description: 'The newest so many, oldest first; 50 when left out.' }),
  ),
  cursor: Type.Optional(Type.String({ maxLength: 2000, description: 'From X-Next-Cursor: the page before.' })),
});

export const ConversationsQuery = Type.Object({
  ...PageQuery.properties,
  unread: Type.Optional(Type.Boolean({ description: 'Count what you have not read.' })),
});

export const ReadRequest = closed({
  message_id: Type.Optional(Type.String({ maxLength: 100, description: 'The newest when left out.' })),
  as: Type.Optional(Name),
});
export type ReadRequest = Static<typeof ReadRequest>;

export const ReadMark = Type.Object({
  conversation_id: Type.String(),
  participant: Type.String(),
  message_id: nullable(Type.String()),
  read_at: nullable(instant('When the mark was set.')),
});
export type ReadMark = Static<typeof ReadMark>;

export const XMTPGroup = Type.Object({
  id: Type.String(),
  name: nullable(Type.String()),
  members: Type.Array(Type.String()),
  created_at: instant('When it was opened.'),
});
export type XMTPGroup = Static<typeof XMTPGroup>;

export const CreateGroupRequest = closed({
  name: Type.Optional(Type.String({ maxLength: 400 })),
  members: Type.Array(Name, { maxItems: 200 }),
});
export type CreateGroupRequest = Static<typeof CreateGroupRequest>;
export const AddMemberRequest = closed({ agent_name: Type.Optional(Name), agentName: Type.Optional(Name) });
export const RenameGroupRequest = closed({ name: Type.String({ maxLength: 400 }) });
