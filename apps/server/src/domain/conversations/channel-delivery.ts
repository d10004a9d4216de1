import { errors } from '@guildhall/kernel';
import type { ChannelAccount, ChannelName } from '../channels/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import type { Conversation, Message } from './conversation-store.ts';
import { moveMark } from './read-marks.ts';

/** Something that is to leave the house: a message, or a group that is to be opened out there. */
export type ChannelDelivery = { id: string; conversationId: string; attempts: number } & (
  | { kind: 'message'; content: string; to: { kind: 'direct'; address: string } | { kind: 'group'; id: string } }
  | { kind: 'opening'; name: string; addresses: string[] }
);

/** Conversations whose next word may have to wait for something. */
const LOOKED_AT_MAX = 20;
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
  await queue(tx, conversation, message.id, agentId);
}

/** A group that is to be opened outside; what is said in it waits until it is. */
export async function queueOpening(tx: Context, conversation: Conversation, agentId: string): Promise<void> {
  await queue(tx, conversation, conversation.id, agentId);
}

async function queue(tx: Context, conversation: Conversation, id: string, agentId: string): Promise<void> {
  const now = tx.house.clock.now();
  await tx.db
    .insertInto('channel_deliveries')
    .values({
      message_id: id,
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

/**
 * What an account has to send next: what was said in a conversation leaves in its order, and one that is stuck holds up no other.
 * Undefined while everything has to wait.
 */
export async function nextDelivery(context: Context, account: ChannelAccount): Promise<ChannelDelivery | undefined> {
  const rows = await context.db
    .selectFrom('channel_deliveries')
    .innerJoin('conversations', 'conversations.id', 'channel_deliveries.conversation_id')
    .leftJoin('messages', 'messages.id', 'channel_deliveries.message_id')
    .select(['message_id', 'channel_deliveries.conversation_id', 'content', 'attempts', 'next_attempt_at'])
    .select(['conversations.kind', 'conversations.channel_id', 'conversations.name'])
    .where('channel_deliveries.agent_id', '=', account.agentId)
    .where('channel_deliveries.channel', '=', account.channel)
    .where('channel_deliveries.state', '=', 'queued')
    .where('next_attempt_at', '<=', context.house.clock.now())
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('channel_deliveries as earlier')
            .select('earlier.message_id')
            .whereRef('earlier.agent_id', '=', 'channel_deliveries.agent_id')
            .whereRef('earlier.channel', '=', 'channel_deliveries.channel')
            .where('earlier.state', '=', 'queued')
            .whereRef('earlier.conversation_id', '=', 'channel_deliveries.conversation_id')
            .whereRef('earlier.message_id', '<', 'channel_deliveries.message_id'),
        ),
      ),
    )
    .orderBy('message_id')
    .limit(LOOKED_AT_MAX)
    .execute();
  for (const { name, kind, content, channel_id: id, ...row } of rows) {
    const delivery = { id: row.message_id, conversationId: row.conversation_id, attempts: row.attempts };
    if (row.message_id === row.conversation_id) {
      const addresses = await addressesIn(context, account, row.conversation_id);
      if (addresses !== undefined) return { ...delivery, kind: 'opening', name: name ?? 'group', addresses };
      // An agent that was put on the network just now has no address yet.
    } else if (id !== null) {
      const to = kind === 'group' ? { kind: 'group' as const, id } : { kind: 'direct' as const, address: id };
      return { ...delivery, kind: 'message', content: content ?? '', to };
    }
  }
  return undefined;
}

/** Where the other members of a group are reached: those outside, and agents of ours; undefined while one of these has no address. */
async function addressesIn(
  context: Context,
  account: ChannelAccount,
  conversationId: string,
): Promise<string[] | undefined> {
  const members = await context.db
    .selectFrom('conversation_members')
    .leftJoin('channel_accounts', (join) =>
      join
        .onRef('channel_accounts.agent_id', '=', 'conversation_members.agent_id')
        .on('channel_accounts.channel', '=', account.channel),
    )
    .leftJoin('agent_integrations', (join) =>
      join
        .onRef('agent_integrations.agent_id', '=', 'conversation_members.agent_id')
        .on('agent_integrations.integration_id', '=', account.channel)
        .on('agent_integrations.is_enabled', '=', true),
    )
    .select(['participant', 'conversation_members.agent_id', 'address', 'agent_integrations.integration_id'])
    .where('conversation_id', '=', conversationId)
    .execute();
  const addresses: string[] = [];
  for (const { participant, agent_id, address, integration_id } of members) {
    if (agent_id === account.agentId) continue;
    if (agent_id === null) addresses.push(participant);
    else if (integration_id !== null) {
      if (address === null) return undefined;
      addresses.push(address);
    }
  }
  return addresses;
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
    if (delivery.kind === 'opening') return opened(tx, account, conversation, externalId);
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
    if (delivery.to.kind === 'direct') await moveMark(tx, conversation, delivery.to.address, delivery.id, 'delivered');
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
    // What was said in a group that never opened goes nowhere, and holds up nobody.
    if (delivery.kind === 'opening')
      await tx.db
        .updateTable('channel_deliveries')
        .set({ state: 'failed', error })
        .where('conversation_id', '=', conversation.id)
        .where('state', '=', 'queued')
        .execute();
    const place = { conversation_id: conversation.id, channel: account.channel, reason: error };
    record(tx, {
      organizationId: conversation.organization_id,
      officeId: conversation.office_id,
      agentId: account.agentId,
      type: delivery.kind === 'opening' ? 'group.unopened' : 'message.undelivered',
      subjectId: conversation.id,
      data: delivery.kind === 'opening' ? place : { ...place, message_id: delivery.id },
    });
  });
}

/** What agents wanted to say who are not on the network any more (switched off, fired, put away) is said nowhere. */
export async function dropDeliveries(context: Context, channel: ChannelName): Promise<void> {
  await context.db
    .updateTable('channel_deliveries')
    .set({ state: 'failed', error: 'The agent is not on the network any more.' })
    .where('channel', '=', channel)
    .where('state', '=', 'queued')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('agent_integrations')
            .innerJoin('agents', 'agents.id', 'agent_integrations.agent_id')
            .select('agents.id')
            .whereRef('agents.id', '=', 'channel_deliveries.agent_id')
            .where('integration_id', '=', channel)
            .where('is_enabled', '=', true)
            .where('agents.deleted_at', 'is', null)
            .where('agents.state', '<>', 'archived'),
        ),
      ),
    )
    .execute();
}

/** The group is there: from now on it is known by its id. */
async function opened(tx: Context, account: ChannelAccount, conversation: Conversation, id: string): Promise<void> {
  await tx.db.updateTable('conversations').set({ channel_id: id }).where('id', '=', conversation.id).execute();
  record(tx, {
    organizationId: conversation.organization_id,
    officeId: conversation.office_id,
    agentId: account.agentId,
    type: 'group.opened',
    subjectId: conversation.id,
    data: { channel: account.channel, id },
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
    .where('message_id', '=', delivery.id)
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
