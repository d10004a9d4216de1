import Type, { type Static } from 'typebox';
import { closed, instant, nullable, stringEnum } from '../shapes.ts';
import { OfficeParams, PageQuery } from './offices.ts';

export const ConversationParams = Type.Object({
  ...OfficeParams.properties,
  conversationId: Type.String({
    maxLength: 300,
    description: 'Id, or the agent’s name for the direct conversation with it.',
  }),
});
export const PairParams = Type.Object({
  ...OfficeParams.properties,
  agentName: Type.String({
    maxLength: 300,
    description: 'One of the two: an agent’s name, `user`, or another alias of a person.',
  }),
  peerName: Type.String({
    maxLength: 300,
    description: 'The other one; which of the two stands first does not matter.',
  }),
});
export const GroupParams = Type.Object({
  ...OfficeParams.properties,
  groupId: Type.String({
    maxLength: 200,
    description: 'Id of a group; of one that is held on XMTP also the id that it has there.',
  }),
});
export const MemberParams = Type.Object({
  ...GroupParams.properties,
  agentName: Type.String({ maxLength: 300, description: 'Who is to leave, by name as in `members`.' }),
});

export const XMTPConversation = Type.Object({
  id: Type.String({ description: 'The `conversationId` in addresses.' }),
  peer: Type.String({ description: 'Who else takes part; both, with " & " between them, when neither is you.' }),
  members: Type.Array(Type.String(), {
    description: 'Both: names of agents, aliases of people, addresses (`0x…`) on XMTP.',
  }),
  conversationId: Type.String({ description: 'As `id`.' }),
  peerAddress: Type.String({ description: 'As `peer`.' }),
  agentName: Type.Optional(Type.String({ description: 'As `peer`, when that is one.' })),
  lastMessage: Type.Optional(Type.String({ description: 'As `last_message`.' })),
  lastMessageAt: Type.Optional(instant('As `last_message_at`.')),
  last_message: Type.Optional(
    Type.String({ description: 'The beginning of what was said last; left out before the first.' }),
  ),
  last_message_at: Type.Optional(instant('When it was said.')),
  unread: Type.Optional(
    Type.Integer({ description: 'With `unread=true`: messages that you have not read, at most 100.' }),
  ),
});
export type XMTPConversation = Static<typeof XMTPConversation>;

export const XMTPMessage = Type.Object({
  id: Type.String({ description: 'Later messages have greater ids.' }),
  conversation_id: Type.String({ description: 'Id of the direct conversation or of the group.' }),
  from_agent: Type.String({
    description: 'Who said it: an agent’s name, or the alias of a person, such as `user` or `admin-sdk`.',
  }),
  content: Type.String({ description: 'The whole text, at most 100,000 characters.' }),
  body: Type.String({ description: 'The same as content, for clients that read this name.' }),
  created_at: instant('When it was said.'),
  to_agent: nullable(Type.String({ description: 'To whom, in a conversation of two; null in a group.' })),
  conversationId: Type.String({ description: 'As `conversation_id`.' }),
  fromAgent: Type.String({ description: 'As `from_agent`.' }),
  createdAt: instant('As `created_at`.'),
  delivery: stringEnum(
    ['sent', 'delivered', 'read', 'failed'],
    '`sent`: kept; `delivered`: somebody else has it; `read`: somebody else read it; `failed`: who was to answer could not.',
  ),
  read_by: Type.Array(Type.String(), { description: 'Who else read it.' }),
});
export type XMTPMessage = Static<typeof XMTPMessage>;

const Text = (description: string) => Type.String({ maxLength: 400_000, description });
const Name = (description: string) => Type.String({ maxLength: 300, description });

/** `agent_id` is the sender’s alias (seed: mitosis-sdk-reference 13: `admin-sdk`). */
export const PostMessageRequest = closed({
  agent_id: Type.Optional(
    Name(
      'The name that you go by, as a person; `admin-sdk` when left out, in a group `user`. An agent speaks under its own, whatever stands here.',
    ),
  ),
  from: Type.Optional(Name('Other spelling of `agent_id`, which goes before it.')),
  content: Type.Optional(Text('What is said, at most 100,000 characters. Needed, unless `body` is there.')),
  body: Type.Optional(Text('Other spelling of `content`, which goes before it.')),
});
export type PostMessageRequest = Static<typeof PostMessageRequest>;

/** `{agent_id, content}` sends to the agent; `{from, to, body}` is the older spelling. */
export const SendXMTPMessageRequest = closed({
  agent_id: Type.Optional(Name('To whom: an agent’s name. Needed, unless `to` is there.')),
  content: Type.Optional(Text('What is said, at most 100,000 characters. Needed, unless `body` is there.')),
  from: Type.Optional(
    Name(
      'The name that you go by, as a person; `admin-sdk` when left out. An agent speaks under its own, whatever stands here.',
    ),
  ),
  to: Type.Optional(
    Name(
      'To whom, in the older spelling: goes before `agent_id`. An agent may also name an alias of a person, or an address (`0x…`) on XMTP.',
    ),
  ),
  body: Type.Optional(Text('Other spelling of `content`, which goes before it.')),
});
export type SendXMTPMessageRequest = Static<typeof SendXMTPMessageRequest>;

export const SendMessageAnswer = Type.Object({
  message: Type.Object(XMTPMessage.properties, { description: 'What was said, as it is kept.' }),
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
  as: Type.Optional(
    Name(
      'The name that you go by there, as a person; when left out `admin-sdk` if that takes part, else `user`. An agent reads under its own.',
    ),
  ),
});
export type ReadRequest = Static<typeof ReadRequest>;

export const ReadMark = Type.Object({
  conversation_id: Type.String({ description: 'Id of the conversation, also when you named an agent.' }),
  participant: Type.String({ description: 'Who has read: an agent’s name, or the alias of a person.' }),
  message_id: nullable(Type.String({ description: 'The newest message that was read; null before the first.' })),
  read_at: nullable(instant('When the mark was set.')),
});
export type ReadMark = Static<typeof ReadMark>;

export const XMTPGroup = Type.Object({
  id: Type.String({ description: 'The `groupId` in addresses.' }),
  name: Type.Optional(
    Type.String({
      description:
        '1 to 100 characters; `group` when it was opened without one, left out when its network gave it none.',
    }),
  ),
  members: Type.Array(Type.String(), {
    description: 'Names of agents, `user` for the people of the office, addresses (`0x…`) on XMTP.',
  }),
  created_at: instant('When it was opened.'),
});
export type XMTPGroup = Static<typeof XMTPGroup>;

export const CreateGroupRequest = closed({
  name: Type.Optional(Type.String({ maxLength: 400, description: '1 to 100 characters; `group` when left out.' })),
  members: Type.Array(Type.String({ maxLength: 300 }), {
    maxItems: 200,
    description: 'Agents, by name, number or id; `user` is a member of every group.',
  }),
});
export type CreateGroupRequest = Static<typeof CreateGroupRequest>;
export const AddMemberRequest = closed({
  agent_name: Type.Optional(Name('The agent, by name, number or id. Needed, unless `agentName` is there.')),
  agentName: Type.Optional(Name('Other spelling of `agent_name`, which goes before it.')),
});
export const RenameGroupRequest = closed({
  name: Type.String({ maxLength: 400, description: '1 to 100 characters.' }),
});
