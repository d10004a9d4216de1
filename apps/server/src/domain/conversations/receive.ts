import { cleanText, clipText, newId } from '@guildhall/kernel';
import { agentsAt, type ChannelAccount } from '../channels/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { loadOffice, type Office } from '../offices/index.ts';
import { type Conversation, findDirect, insertMember, listMembers, openDirect } from './conversation-store.ts';
import { CONTENT_CHARS_MAX, wakeListeners } from './send.ts';
import { writeMessage } from './write.ts';

/** What came to an agent's account from outside. */
export interface OutsideMessage {
  /** What the network calls it: the same each time it is told. */
  externalId: string;
  /** The sender's address. */
  from: string;
  text: string;
  /** By the sender's clock. */
  sentAt: number;
  /** Absent when it was said to the agent alone. Addresses of members. */
  group?: { id: string; name: string; members: readonly string[] } | undefined;
}

const GROUP_NAME_CHARS_MAX = 100;
const MEMBERS_MAX = 200;
/** So long it is known what came. What is older is taken in no more: nobody would know whether it had been before. */
const KNOWN_FOR_MS = 400 * 86_400_000;
/** Strangers that are told of, an agent and hour: addresses cost nothing. */
const STRANGERS_TOLD_MAX = 10;
const HOUR_MS = 3_600_000;

/**
 * Takes in what somebody outside said to an agent, once however often it is told, and wakes whom it is for. `refused` is who is
 * not on the office's list (`xmtp_peers`) and was not written to by the agent before: anybody may write to an address, and every
 * answer costs. That they tried is told of, what they said is never kept. In a group that is known everybody is heard, so that what is
 * said there makes sense; who is not welcome wakes nobody, unless the office itself opened the group with them.
 */
export async function receiveMessage(
  context: Context,
  account: ChannelAccount,
  said: OutsideMessage,
): Promise<'kept' | 'known' | 'refused'> {
  return inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, account.officeId, 'chat:write');
    const { channel } = account;
    const from = said.from.toLowerCase();
    if (said.sentAt < tx.house.clock.now() - KNOWN_FOR_MS) return 'known';
    if (!(await receiveOnce(tx, account, said.externalId))) return 'known';
    const known = await findOutside(tx, office, account, said);
    if (isBlocked(office, from)) return 'refused';
    if (known === undefined && !isWelcome(office, from)) {
      await noteStranger(tx, office, account, from);
      return 'refused';
    }
    const here = await agentsAt(tx, office.id, channel, [from]);
    // Another agent of this office: it said so here too, where the other one is a member.
    if (here.size > 0) return 'known';
    const conversation =
      said.group === undefined
        ? await openDirect(tx, office, account.agentName, from, { channel, id: from })
        : await openGroup(tx, office, account, said.group, known);
    const content = clipText(cleanText(said.text), CONTENT_CHARS_MAX);
    const sender = { name: from, kind: 'user' as const };
    const message = await writeMessage(tx, conversation, sender, content);
    const wakes = said.group === undefined || isWelcome(office, from) || (await isOpenedHere(tx, conversation));
    await wakeListeners(tx, conversation, sender, message, { wakes });
    return 'kept';
  });
}

/** What is no message for us, or cannot be one, is known from now on: it is not told again. */
export async function skipMessage(context: Context, account: ChannelAccount, externalId: string): Promise<void> {
  await inTransaction(context, async (tx) => {
    await receiveOnce(tx, account, externalId);
  });
}

async function receiveOnce(tx: Context, { officeId, channel }: ChannelAccount, externalId: string): Promise<boolean> {
  const fresh = await tx.db
    .insertInto('channel_receipts')
    .values({ office_id: officeId, channel, external_id: externalId, received_at: tx.house.clock.now() })
    .onConflict((conflict) => conflict.columns(['office_id', 'channel', 'external_id']).doNothing())
    .returning('external_id')
    .executeTakeFirst();
  return fresh !== undefined;
}

/** Whether the office made the group, with whom it is. */
async function isOpenedHere(tx: Context, conversation: Conversation): Promise<boolean> {
  const opening = await tx.db
    .selectFrom('channel_deliveries')
    .select('state')
    .where('message_id', '=', conversation.id)
    .executeTakeFirst();
  return opening !== undefined;
}

/** Of these messages of a network, those that came before, whatever became of them. */
export async function receivedAmong(
  context: Context,
  { officeId, channel }: ChannelAccount,
  externalIds: readonly string[],
): Promise<Set<string>> {
  const rows = await context.db
    .selectFrom('channel_receipts')
    .select('external_id')
    .where('office_id', '=', officeId)
    .where('channel', '=', channel)
    .where('external_id', 'in', [...externalIds, ''])
    .execute();
  return new Set(rows.map(({ external_id }) => external_id));
}

async function findOutside(
  tx: Context,
  office: Office,
  { agentName, channel }: ChannelAccount,
  { from, group }: OutsideMessage,
): Promise<Conversation | undefined> {
  if (group === undefined) return findDirect(tx, office.id, agentName, from.toLowerCase());
  return findGroup(tx, office.id, channel, group.id);
}

async function findGroup(
  tx: Context,
  officeId: string,
  channel: string,
  id: string,
): Promise<Conversation | undefined> {
  return tx.db
    .selectFrom('conversations')
    .selectAll()
    .where('office_id', '=', officeId)
    .where('channel', '=', channel)
    .where('channel_id', '=', id)
    .where('kind', '=', 'group')
    .executeTakeFirst();
}

/** Whether an office listens to an address that it does not know. */
function isWelcome({ settings }: Office, address: string): boolean {
  return settings.xmtp_peers === 'any' || isAmong(settings.xmtp_peers, address);
}

function isBlocked({ settings }: Office, address: string): boolean {
  return isAmong(settings.xmtp_blocked_peers, address);
}

function isAmong(peers: unknown, address: string): boolean {
  return Array.isArray(peers) && peers.some((peer) => String(peer).toLowerCase() === address);
}

/** Once an address, and some an hour: a flood of messages is not a flood of events. */
async function noteStranger(tx: Context, office: Office, account: ChannelAccount, from: string): Promise<void> {
  const mark = `stranger:${account.agentId}:`;
  const told = await tx.db
    .selectFrom('channel_receipts')
    .select('external_id')
    .where('received_at', '>', tx.house.clock.now() - HOUR_MS)
    .where('office_id', '=', office.id)
    .where('external_id', 'like', `${mark}%`)
    .limit(STRANGERS_TOLD_MAX)
    .execute();
  if (told.length >= STRANGERS_TOLD_MAX || !(await receiveOnce(tx, account, mark + from))) return;
  record(tx, {
    organizationId: office.organization_id,
    officeId: office.id,
    agentId: account.agentId,
    type: 'channel.stranger_refused',
    subjectId: account.agentId,
    data: {
      channel: account.channel,
      agent: account.agentName,
      from,
      mend: 'Add the address to the office’s setting xmtp_peers to let the agent hear it.',
    },
  });
}

/** The group as the network has it now: who is in it there is in it here, our agents by their names. */
async function openGroup(
  tx: Context,
  office: Office,
  account: ChannelAccount,
  group: NonNullable<OutsideMessage['group']>,
  known: Conversation | undefined,
): Promise<Conversation> {
  const { channel } = account;
  const name = clipText(cleanText(group.name.replaceAll(/\p{Cc}/gu, ' ')).trim(), GROUP_NAME_CHARS_MAX) || 'group';
  const conversation = known ?? (await insertGroup(tx, office, account, { id: group.id, name }));
  const addresses = [...new Set([account.address, ...group.members.map((member) => member.toLowerCase())])];
  const bounded = addresses.slice(0, MEMBERS_MAX);
  const here = await agentsAt(tx, office.id, channel, bounded);
  const wanted = new Set(bounded.map((address) => here.get(address)?.name ?? address));
  const members = await listMembers(tx, conversation.id);
  for (const { participant } of members) {
    if (wanted.has(participant)) continue;
    await tx.db
      .deleteFrom('conversation_members')
      .where('conversation_id', '=', conversation.id)
      .where('participant', '=', participant)
      .execute();
  }
  for (const participant of wanted) {
    if (!members.some((member) => member.participant === participant))
      await insertMember(tx, conversation.id, office.id, participant);
  }
  return conversation;
}

async function insertGroup(
  tx: Context,
  office: Office,
  account: ChannelAccount,
  group: { id: string; name: string },
): Promise<Conversation> {
  const conversation = await tx.db
    .insertInto('conversations')
    .values({
      id: newId(),
      organization_id: office.organization_id,
      office_id: office.id,
      kind: 'group',
      name: group.name,
      direct_key: null,
      created_at: tx.house.clock.now(),
      last_message: null,
      last_message_at: null,
      channel: account.channel,
      channel_id: group.id,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  const found = conversation ?? (await findGroup(tx, office.id, account.channel, group.id));
  if (found === undefined) throw new Error(`the group ${group.id} is neither new nor there`);
  if (conversation !== undefined)
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      agentId: account.agentId,
      type: 'group.created',
      subjectId: found.id,
      data: { name: group.name, channel: account.channel },
    });
  return found;
}

const PRUNED_AT_ONCE_MAX = 10_000;

/** Forgets what came so long ago that no network tells it again. */
export async function pruneReceipts(context: Context): Promise<void> {
  // A day longer than they are asked for.
  const before = context.house.clock.now() - KNOWN_FOR_MS - 24 * HOUR_MS;
  const next = await context.db
    .selectFrom('channel_receipts')
    .select('received_at')
    .where('received_at', '<', before)
    .orderBy('received_at')
    .offset(PRUNED_AT_ONCE_MAX)
    .limit(1)
    .executeTakeFirst();
  await context.db
    .deleteFrom('channel_receipts')
    .where('received_at', '<', next?.received_at ?? before)
    .execute();
}
