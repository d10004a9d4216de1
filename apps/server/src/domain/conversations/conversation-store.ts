import { decodeCursor, errors, newId, type Page, type PageRequest, pageOf } from '@guildhall/kernel';
import { type Selectable, sql } from 'kysely';
import type { ConversationRow, MessageRow } from '../../schema/index.ts';
import type { Permission } from '../access/index.ts';
import { findAgentByName } from '../agents/index.ts';
import type { ChannelName } from '../channels/index.ts';
import type { Context } from '../context/index.ts';
import { loadOffice } from '../offices/index.ts';

export type Conversation = Selectable<ConversationRow>;
export type Message = Selectable<MessageRow>;

/** A conversation of an office, for a caller that needs `permission`. Agents see only those they take part in. */
export async function loadConversation(
  context: Context,
  officeId: string,
  conversationId: string,
  permission: Permission,
): Promise<Conversation> {
  await loadOffice(context, officeId, permission);
  const inOffice = context.db.selectFrom('conversations').selectAll().where('office_id', '=', officeId);
  const conversation =
    (await inOffice.where('id', '=', conversationId).executeTakeFirst()) ??
    // A group outside, as its network calls it (spec: mitosis.md 3.7).
    (await inOffice
      .where('channel', 'is not', null)
      .where('kind', '=', 'group')
      .where('channel_id', '=', conversationId)
      .executeTakeFirst());
  if (conversation === undefined) throw errors.notFound('conversation', conversationId);
  if (context.principal.kind === 'agent') {
    const members = await listMembers(context, conversation.id);
    if (
      !members.some(
        (member) => member.agent_id === (context.principal.kind === 'agent' ? context.principal.agentId : ''),
      )
    ) {
      throw errors.notFound('conversation', conversationId);
    }
  }
  return conversation;
}

/** Two names → the key of their direct conversation, in whatever order they are given. */
function directKey(a: string, b: string): string {
  return [a.normalize('NFC'), b.normalize('NFC')].sort().join('\n');
}

/** Who is spoken to by one of two; undefined in a group. Two names can hold no line break, which stands between them. */
export function otherIn(conversation: Pick<Conversation, 'kind' | 'direct_key'>, one: string): string | undefined {
  if (conversation.kind !== 'direct') return undefined;
  return conversation.direct_key?.split('\n').find((participant) => participant !== one);
}

export async function findDirect(
  context: Context,
  officeId: string,
  a: string,
  b: string,
): Promise<Conversation | undefined> {
  return context.db
    .selectFrom('conversations')
    .selectAll()
    .where('office_id', '=', officeId)
    .where('direct_key', '=', directKey(a, b))
    .executeTakeFirst();
}

/** The network outside of the house that a conversation is held on, and what it is called there. */
export interface OutsidePlace {
  channel: ChannelName;
  id: string;
}

/** The direct conversation of two participants, made when it is new. */
export async function openDirect(
  tx: Context,
  office: { id: string; organization_id: string },
  a: string,
  b: string,
  outside?: OutsidePlace,
): Promise<Conversation> {
  const known = await findDirect(tx, office.id, a, b);
  if (known !== undefined) return outside === undefined ? known : heldOutside(tx, known, outside);
  const now = tx.house.clock.now();
  const inserted = await tx.db
    .insertInto('conversations')
    .values({
      id: newId(),
      organization_id: office.organization_id,
      office_id: office.id,
      kind: 'direct',
      name: null,
      direct_key: directKey(a, b),
      created_at: now,
      last_message: null,
      last_message_at: null,
      channel: outside?.channel ?? null,
      channel_id: outside?.id ?? null,
    })
    .onConflict((conflict) => conflict.columns(['office_id', 'direct_key']).doNothing())
    .returningAll()
    .executeTakeFirst();
  // Another transaction made it at the same moment: it is committed by now, since our insert had to wait for it.
  const conversation = inserted ?? (await findDirect(tx, office.id, a, b));
  if (conversation === undefined) throw errors.conflict('The conversation was made just now; try again.');
  if (inserted !== undefined) {
    for (const participant of [a, b]) await insertMember(tx, conversation.id, office.id, participant);
  }
  return conversation;
}

/** Two who knew each other by name before one of them could be reached outside. */
async function heldOutside(tx: Context, conversation: Conversation, outside: OutsidePlace): Promise<Conversation> {
  if (conversation.channel !== null) return conversation;
  return tx.db
    .updateTable('conversations')
    .set({ channel: outside.channel, channel_id: outside.id })
    .where('id', '=', conversation.id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function insertMember(
  tx: Context,
  conversationId: string,
  officeId: string,
  participant: string,
): Promise<void> {
  const agent = await findAgentByName(tx, officeId, participant);
  await tx.db
    .insertInto('conversation_members')
    .values({
      conversation_id: conversationId,
      participant: participant.normalize('NFC'),
      agent_id: agent?.id ?? null,
      joined_at: tx.house.clock.now(),
    })
    .onConflict((conflict) => conflict.columns(['conversation_id', 'participant']).doNothing())
    .execute();
}

export async function listMembers(context: Context, conversationId: string) {
  return context.db
    .selectFrom('conversation_members')
    .selectAll()
    .where('conversation_id', '=', conversationId)
    .orderBy('participant')
    .execute();
}

/** The conversations of an office in the order they began, each with its members. */
export async function listConversations(
  context: Context,
  officeId: string,
  kind: 'direct' | 'group',
  page: PageRequest,
): Promise<Page<Conversation & { members: string[] }>> {
  await loadOffice(context, officeId, 'chat:read');
  let query = context.db
    .selectFrom('conversations')
    .selectAll()
    .where('office_id', '=', officeId)
    // As it stands, not as a parameter: each kind has an index of its own.
    .where('kind', '=', sql.lit(kind))
    .orderBy('id', 'desc')
    .limit(page.limit + 1);
  if (context.principal.kind === 'agent') {
    const { agentId } = context.principal;
    query = query.where(({ exists, selectFrom }) =>
      exists(
        selectFrom('conversation_members')
          .select('participant')
          .whereRef('conversation_id', '=', 'conversations.id')
          .where('agent_id', '=', agentId),
      ),
    );
  }
  if (page.cursor !== undefined) query = query.where('id', '<', decodeCursor(page.cursor, 'string')[0]);
  const conversations = await query.execute();
  const members = await context.db
    .selectFrom('conversation_members')
    .select(['conversation_id', 'participant'])
    .where('conversation_id', 'in', [...conversations.map((conversation) => conversation.id), ''])
    .orderBy('participant')
    .execute();
  const rows = conversations.map((conversation) => ({
    ...conversation,
    members: members.filter((member) => member.conversation_id === conversation.id).map((member) => member.participant),
  }));
  return pageOf(rows, page.limit, (conversation) => [conversation.id]);
}

/** The newest messages of a conversation, oldest first. The caller has loaded the conversation. */
export async function listMessages(
  context: Context,
  conversationId: string,
  page: PageRequest,
): Promise<Page<Message>> {
  let query = context.db
    .selectFrom('messages')
    .selectAll()
    .where('conversation_id', '=', conversationId)
    .orderBy('id', 'desc')
    .limit(page.limit + 1);
  if (page.cursor !== undefined) query = query.where('id', '<', decodeCursor(page.cursor, 'string')[0]);
  const newestFirst = pageOf(await query.execute(), page.limit, (message) => [message.id]);
  return { ...newestFirst, items: newestFirst.items.reverse() };
}

/** A message of an office. */
export async function findMessage(context: Context, officeId: string, messageId: string): Promise<Message | undefined> {
  return context.db
    .selectFrom('messages')
    .selectAll()
    .where('id', '=', messageId)
    .where('office_id', '=', officeId)
    .executeTakeFirst();
}

/** The first thing that somebody else said after a message, in its conversation. */
export async function findAnswer(context: Context, asked: Message): Promise<Message | undefined> {
  return context.db
    .selectFrom('messages')
    .selectAll()
    .where('conversation_id', '=', asked.conversation_id)
    .where('id', '>', asked.id)
    .where('sender', '<>', asked.sender)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
}
