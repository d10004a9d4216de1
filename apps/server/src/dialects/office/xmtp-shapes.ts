import type { office } from '@guildhall/contract';
import { errors, formatInstant } from '@guildhall/kernel';
import type { Context } from '../../domain/context/index.ts';
import {
  type Conversation,
  type Delivery,
  deliveriesOf,
  type Message,
  noteFetched,
  otherIn,
  type Sent,
} from '../../domain/conversations/index.ts';

/** The sender that the SDK speaks as (seed: mitosis-sdk-reference 13). */
export const SDK_ALIAS = 'admin-sdk';

const JUST_SENT: Delivery = { state: 'sent', readBy: [] };

/** Messages of one conversation, with how far they have come. An agent that asks has them by that. */
export async function presentMessages(
  context: Context,
  conversation: Conversation,
  messages: readonly Message[],
): Promise<office.XMTPMessage[]> {
  await noteFetched(context, conversation, messages);
  const deliveryOf = await deliveriesOf(context, conversation.id, messages);
  return messages.map((message) => presentMessage(message, conversation, deliveryOf(message.id)));
}

export function presentMessage(
  message: Message,
  conversation: Conversation,
  { state, readBy } = JUST_SENT,
): office.XMTPMessage {
  const createdAt = formatInstant(message.created_at);
  return {
    id: message.id,
    conversation_id: message.conversation_id,
    from_agent: message.sender,
    content: message.content,
    body: message.content,
    created_at: createdAt,
    to_agent: otherIn(conversation, message.sender) ?? null,
    conversationId: message.conversation_id,
    fromAgent: message.sender,
    createdAt,
    delivery: state,
    read_by: readBy,
  };
}

export function presentSent(sent: Sent): office.SendMessageAnswer {
  return { message: presentMessage(sent.message, sent.conversation), request_ids: sent.receiptIds };
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
  const { id, name, members, created_at } = group;
  return { id, ...(name === null ? {} : { name }), members, created_at: formatInstant(created_at) };
}

/** The name that the caller goes by in a conversation. */
export function readerIn({ principal }: Context, members: readonly string[]): string {
  if (principal.kind === 'agent') return principal.name;
  return members.includes(SDK_ALIAS) ? SDK_ALIAS : 'user';
}

export function textOf(body: { content?: string; body?: string }): string {
  const text = body.content ?? body.body;
  if (text === undefined) throw errors.validationFailed('content', 'is missing');
  return text;
}
