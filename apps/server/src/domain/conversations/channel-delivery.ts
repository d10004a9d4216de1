import { errors } from '@guildhall/kernel';
import type { ChannelAccount, ChannelName } from '../channels/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import type { Conversation, Message } from './conversation-store.ts';
import { moveMark } from './read-marks.ts';

/** A message that is to leave the house. */
export interface ChannelDelivery {
  messageId: string;
  content: string;
  attempts: number;
  to: { kind: 'direct'; address: string } | { kind: 'group'; id: string };
}

const ATTEMPTS_MAX = 20;
const RETRY_FIRST_MS = 1_000;
const RETRY_LAST_MS = 300_000;
const REASON_CHARS_MAX = 500;

/** What an agent says in a conversation that is held outside goes there, in the transaction that keeps it here. */
export async function queueDelivery(
  tx: Context,
  conversation: Conversation,
  message: Message,
  agentId: string,
): Promise<void> {
  const now = tx.house.clock.now();
  await tx.db
    .insertInto('channel_deliveries')
    .values({
      message_id: message.id,
      conversation_id: conversation.id,
      agent_id: agentId,
      channel: conversation.channel ?? '',
      state: 'queued',
      attempts: 0,
      next_attempt_at: now,
      external_id: null,
      error: null,
      created_at: now,
    })
    .execute();
}

/** Of these agents, those who have something to say outside now. */
export async function accountsToDeliver(
  context: Context,
  channel: ChannelName,
  agentIds: readonly string[],
): Promise<Set<string>> {
  if (agentIds.length === 0) return new Set();
  const rows = await context.db
    .selectFrom('channel_deliveries')
    .select('agent_id')
    .distinct()
    .where('agent_id', 'in', agentIds)
    .where('channel', '=', channel)
    .where('state', '=', 'queued')
    .execute();
  return new Set(rows.map(({ agent_id }) => agent_id));
}

/** The oldest message of an account that waits to be sent: they leave in the order in which they were said. */
export async function nextDelivery(context: Context, account: ChannelAccount): Promise<ChannelDelivery | undefined> {
  const row = await context.db
    .selectFrom('channel_deliveries')
    .innerJoin('messages', 'messages.id', 'channel_deliveries.message_id')
    .innerJoin('conversations', 'conversations.id', 'channel_deliveries.conversation_id')
    .select(['message_id', 'content', 'attempts', 'next_attempt_at', 'conversations.kind', 'conversations.channel_id'])
    .where('channel_deliveries.agent_id', '=', account.agentId)
    .where('channel_deliveries.channel', '=', account.channel)
    .where('channel_deliveries.state', '=', 'queued')
    .orderBy('message_id')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined || row.channel_id === null || row.next_attempt_at > context.house.clock.now()) return undefined;
  const to =
    row.kind === 'group'
      ? { kind: 'group' as const, id: row.channel_id }
      : { kind: 'direct' as const, address: row.channel_id };
  return { messageId: row.message_id, content: row.content, attempts: row.attempts, to };
}

/** The network has it. Throws `stale_fence` when another process holds the account by now. */
export async function noteSent(
  context: Context,
  account: ChannelAccount,
  delivery: ChannelDelivery,
  externalId: string,
): Promise<void> {
  await inTransaction(context, async (tx) => {
    const conversation = await settle(tx, account, delivery, { state: 'sent', external_id: externalId, error: null });
    if (conversation === undefined) return;
    // What we said comes back to those of the office who are in the same group: they have it from here.
    await tx.db
      .insertInto('channel_receipts')
      .values({
        office_id: conversation.office_id,
        channel: account.channel,
        external_id: externalId,
        received_at: tx.house.clock.now(),
      })
      .onConflict((conflict) => conflict.columns(['office_id', 'channel', 'external_id']).doNothing())
      .execute();
    if (delivery.to.kind === 'direct')
      await moveMark(tx, conversation, delivery.to.address, delivery.messageId, 'delivered');
  });
}

/** It could not be sent now: again later, and in the end not at all. Throws `stale_fence`. */
export async function noteUnsent(
  context: Context,
  account: ChannelAccount,
  delivery: ChannelDelivery,
  { reason, isFinal }: { reason: string; isFinal: boolean },
): Promise<void> {
  const error = reason.slice(0, REASON_CHARS_MAX).toWellFormed();
  const attempts = delivery.attempts + 1;
  if (!isFinal && attempts < ATTEMPTS_MAX) {
    const waitMs = Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** Math.min(delivery.attempts, 12));
    await inTransaction(context, async (tx) => {
      await settle(tx, account, delivery, { attempts, error, next_attempt_at: tx.house.clock.now() + waitMs });
    });
    return;
  }
  await inTransaction(context, async (tx) => {
    const conversation = await settle(tx, account, delivery, { state: 'failed', attempts, error });
    if (conversation === undefined) return;
    record(tx, {
      organizationId: conversation.organization_id,
      officeId: conversation.office_id,
      agentId: account.agentId,
      type: 'message.undelivered',
      subjectId: conversation.id,
      data: {
        conversation_id: conversation.id,
        message_id: delivery.messageId,
        channel: account.channel,
        reason: error,
      },
    });
  });
}

/** The conversation of what was settled; undefined when it was before. */
async function settle(
  tx: Context,
  account: ChannelAccount,
  delivery: ChannelDelivery,
  outcome: { state?: string; attempts?: number; external_id?: string; error: string | null; next_attempt_at?: number },
): Promise<Conversation | undefined> {
  const holder = tx.db
    .selectFrom('channel_accounts')
    .select('fence')
    .where('agent_id', '=', account.agentId)
    .where('channel', '=', account.channel);
  const held = await (tx.house.engine.kind === 'postgres' ? holder.forUpdate() : holder).executeTakeFirst();
  if (held?.fence !== account.fence) throw errors.staleFence('account', account.address);
  const settled = await tx.db
    .updateTable('channel_deliveries')
    .set(outcome)
    .where('message_id', '=', delivery.messageId)
    .where('state', '=', 'queued')
    .returning('conversation_id')
    .executeTakeFirst();
  if (settled === undefined) return undefined;
  return tx.db
    .selectFrom('conversations')
    .selectAll()
    .where('id', '=', settled.conversation_id)
    .executeTakeFirstOrThrow();
}

/** Of these messages, those that never left the house. */
export async function undeliveredAmong(
  context: Context,
  conversationId: string,
  messages: readonly Message[],
): Promise<Set<string>> {
  const rows = await context.db
    .selectFrom('channel_deliveries')
    .select('message_id')
    .where('conversation_id', '=', conversationId)
    .where('state', '=', 'failed')
    .where(
      'message_id',
      'in',
      messages.map(({ id }) => id),
    )
    .execute();
  return new Set(rows.map(({ message_id }) => message_id));
}
