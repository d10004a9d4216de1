import { errors } from '@guildhall/kernel';
import { sql } from 'kysely';
import { type Context, inTransaction, record } from '../context/index.ts';
import { type Conversation, listMembers, loadConversation, type Message } from './conversation-store.ts';

export interface ReadMark {
  participant: string;
  /** The newest message that was read; empty before the first. */
  messageId: string;
  readAt: number | null;
}

/** Unread messages are counted up to here. */
export const UNREAD_MAX = 100;

/**
 * The caller has read a conversation up to a message (the newest when it names none). A mark only moves forward. `alias` is the
 * name that a person goes by there. Throws `not_found` for a message that is not in it, `validation_failed` for a stranger's name.
 */
export async function markRead(
  context: Context,
  conversation: Conversation,
  input: { messageId?: string | undefined; alias: string },
): Promise<ReadMark> {
  return inTransaction(context, async (tx) => {
    const participant = await participantOf(tx, conversation, input.alias);
    const newest = tx.db.selectFrom('messages').selectAll().where('conversation_id', '=', conversation.id);
    const message = await (input.messageId === undefined
      ? newest.orderBy('id', 'desc')
      : newest.where('id', '=', input.messageId)
    )
      .limit(1)
      .executeTakeFirst();
    if (message === undefined) {
      if (input.messageId !== undefined) throw errors.notFound('message', input.messageId);
      return { participant, messageId: '', readAt: null };
    }
    return moveMark(tx, conversation, participant, message.id, 'read');
  });
}

/** An agent that was given messages has them; whether it read them it says itself. Writes only when there was something new. */
export async function noteFetched(
  context: Context,
  conversation: Conversation,
  messages: readonly Message[],
): Promise<void> {
  const newest = messages.at(-1);
  if (newest !== undefined) await noteDelivered(context, conversation.office_id, conversation.id, newest.id);
}

/** The same, of the newest message that it was given of a conversation. */
export async function noteDelivered(
  context: Context,
  officeId: string,
  conversationId: string,
  messageId: string,
): Promise<void> {
  const { principal } = context;
  if (principal.kind !== 'agent') return;
  const mark = await markOf(context, conversationId, principal.name);
  if (mark !== undefined && mark.delivered_id >= messageId) return;
  await inTransaction(context, async (tx) => {
    const conversation = await loadConversation(tx, officeId, conversationId, 'chat:read');
    await moveMark(tx, conversation, principal.name, messageId, 'delivered');
  });
}

/** Who speaks has read what was said before. In the transaction of the message. */
export async function moveOwnMark(tx: Context, message: Message): Promise<void> {
  const id = message.id;
  const row = { delivered_id: id, read_id: id, read_at: message.created_at };
  await tx.db
    .insertInto('read_marks')
    .values({ conversation_id: message.conversation_id, participant: message.sender, ...row })
    .onConflict((conflict) => conflict.columns(['conversation_id', 'participant']).doUpdateSet(row))
    .execute();
}

export async function marksOf(context: Context, conversationId: string) {
  return context.db.selectFrom('read_marks').selectAll().where('conversation_id', '=', conversationId).execute();
}

/**
 * How many messages of others have not been read in each of these conversations, at most `UNREAD_MAX`, by how the reader takes part
 * there. Session frames are no talk.
 */
export async function unreadCounts(
  context: Context,
  readers: readonly { conversationId: string; participant: string }[],
): Promise<Map<string, number>> {
  if (readers.length === 0) return new Map();
  const ids = readers.map(({ conversationId }) => conversationId);
  const marks = await context.db
    .selectFrom('read_marks')
    .select(['conversation_id', 'participant', 'read_id'])
    .where('conversation_id', 'in', ids)
    .execute();
  const markOfReader = new Map(
    marks.map(({ conversation_id, participant, read_id }) => [`${conversation_id}\n${participant}`, read_id]),
  );
  const asked = readers.map(({ conversationId, participant }) => {
    const readId = markOfReader.get(`${conversationId}\n${participant}`) ?? '';
    return sql`(${conversationId}, ${participant}, ${readId})`;
  });
  // Bounds of pairs in the order of their index leave PostgreSQL no other way to go: an equality with what conversations hold on
  // average would make it read the messages of all of them.
  const { rows } = await sql<{ id: string; unread: number }>`
    with readers (id, participant, read_id) as (values ${sql.join(asked)})
    select id, (select count(*) from (
      select 1 from messages
      where (conversation_id, messages.id) > (readers.id, readers.read_id) and conversation_id <= readers.id
        and sender <> readers.participant and content not like '{%"__SESSION_%'
      order by conversation_id, messages.id limit ${sql.lit(UNREAD_MAX)}) as unread_messages) as unread
    from readers`.execute(context.db);
  return new Map(rows.map(({ id, unread }) => [id, Number(unread)]));
}

async function markOf(context: Context, conversationId: string, participant: string) {
  return context.db
    .selectFrom('read_marks')
    .selectAll()
    .where('conversation_id', '=', conversationId)
    .where('participant', '=', participant)
    .executeTakeFirst();
}

async function participantOf(tx: Context, conversation: Conversation, alias: string): Promise<string> {
  if (tx.principal.kind === 'agent') return tx.principal.name;
  const members = await listMembers(tx, conversation.id);
  const member = members.find(({ participant }) => participant === alias.normalize('NFC'));
  // An agent reads for itself.
  if (member === undefined || member.agent_id !== null)
    throw errors.validationFailed('as', `"${alias.slice(0, 100)}" is not how you take part in this conversation`);
  return member.participant;
}

/** Somebody has a message, or has read it: in the transaction that found it out. Writes only when there was something new. */
export async function moveMark(
  tx: Context,
  conversation: Conversation,
  participant: string,
  messageId: string,
  how: 'read' | 'delivered',
): Promise<ReadMark> {
  const place = { conversation_id: conversation.id, participant };
  // There from now on, so that two who come at once have a row to wait for.
  await tx.db
    .insertInto('read_marks')
    .values({ ...place, delivered_id: '', read_id: '', read_at: null })
    .onConflict((conflict) => conflict.columns(['conversation_id', 'participant']).doNothing())
    .execute();
  const query = tx.db
    .selectFrom('read_marks')
    .selectAll()
    .where('conversation_id', '=', conversation.id)
    .where('participant', '=', participant);
  const before = await (tx.house.engine.kind === 'postgres' ? query.forUpdate() : query).executeTakeFirstOrThrow();
  const isNewer = messageId > (how === 'read' ? before.read_id : before.delivered_id);
  if (!isNewer) return { participant, messageId: before.read_id, readAt: before.read_at };
  const now = tx.house.clock.now();
  const row = {
    delivered_id: messageId > before.delivered_id ? messageId : before.delivered_id,
    read_id: how === 'read' ? messageId : before.read_id,
    read_at: how === 'read' ? now : before.read_at,
  };
  await tx.db
    .updateTable('read_marks')
    .set(row)
    .where('conversation_id', '=', conversation.id)
    .where('participant', '=', participant)
    .execute();
  record(tx, {
    organizationId: conversation.organization_id,
    officeId: conversation.office_id,
    type: `message.${how}`,
    subjectId: conversation.id,
    data: { conversation_id: conversation.id, participant, message_id: messageId },
  });
  return { participant, messageId: row.read_id, readAt: row.read_at };
}
