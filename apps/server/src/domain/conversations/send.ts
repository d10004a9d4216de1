import { errors } from '@guildhall/kernel';
import { findAgentByName, refuseArchived } from '../agents/index.ts';
import { agentsAt, assertChannelConfigured, channelAddress, channelNames, isOnChannel } from '../channels/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { loadOffice, type Office } from '../offices/index.ts';
import { openReceipt } from '../receipts/index.ts';
import { assertPayable, queueRun, wakeRunsAwaitingReply } from '../runs/index.ts';
import { type Conversation, listMembers, loadConversation, type Message, openDirect } from './conversation-store.ts';
import { mayAcknowledge, mayWakeAgent, mayWakeFromOutside } from './loop-guard.ts';
import { acknowledgementOf, isControlFrame, opensSession } from './session-frames.ts';
import { type Sender, writeMessage } from './write.ts';

export const CONTENT_CHARS_MAX = 100_000;
const EXPECTED_REPLY_SECONDS = 60;

export interface SendMessageInput {
  /** A conversation by id, or a participant by name: the direct conversation with it. */
  to: { conversationId: string } | { name: string };
  content: string;
  /** The name that a person wants to be known by there; agents always speak under their own. */
  alias?: string | undefined;
  /** The task that the agent who says it is working on. */
  taskId?: string | undefined;
}

export interface Sent {
  message: Message;
  conversation: Conversation;
  /** The receipts of the replies to come, one for each agent that was woken. */
  receiptIds: string[];
}

/**
 * Says something in a conversation and, in the same transaction, queues one run for each agent that is to answer: the
 * other one in a direct conversation, those mentioned as `@name` in a group. Throws `insufficient_credits` when one of them
 * could not be paid for.
 */
export async function sendMessage(context: Context, officeId: string, input: SendMessageInput): Promise<Sent> {
  const { content } = input;
  if (content.trim() === '') throw errors.validationFailed('content', 'is empty');
  if (content.length > CONTENT_CHARS_MAX)
    throw errors.validationFailed('content', `is longer than ${CONTENT_CHARS_MAX} characters`);
  return inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'chat:write');
    const sender = await senderOf(tx, office, input.alias);
    const conversation = await conversationFor(tx, office, sender, input.to);
    const message = await writeMessage(tx, conversation, sender, content, { taskId: input.taskId });
    const receiptIds = await wakeListeners(tx, conversation, sender, message);
    return { message, conversation, receiptIds };
  });
}

async function senderOf(tx: Context, office: Office, alias: string | undefined): Promise<Sender> {
  const { principal } = tx;
  if (principal.kind === 'agent') {
    const isExternal = (await externalAmong(tx, [principal.agentId])).has(principal.agentId);
    return { name: principal.name, kind: 'agent', agentId: principal.agentId, isExternal };
  }
  const name = alias ?? 'user';
  if (channelAddress(name) !== undefined)
    throw errors.validationFailed('from', 'is an address on a public network: only who holds it speaks under it');
  // A person does not put words into an agent's mouth.
  if ((await findAgentByName(tx, office.id, name)) !== undefined) {
    throw errors.validationFailed(
      'from',
      `"${name}" is an agent; it speaks with its own credential`,
      'Leave the sender out, or use "user" or "admin-sdk".',
    );
  }
  if (name.length > 100 || /\p{Cc}/u.test(name) || name.trim() === '')
    throw errors.validationFailed('from', 'is not a name');
  return { name, kind: 'user' };
}

async function conversationFor(
  tx: Context,
  office: Office,
  sender: Sender,
  to: SendMessageInput['to'],
): Promise<Conversation> {
  if ('conversationId' in to) {
    const conversation = await loadConversation(tx, office.id, to.conversationId, 'chat:write');
    if (conversation.channel !== null && sender.kind !== 'agent')
      throw errors.conflict(
        `This conversation is held on ${conversation.channel}, where only agents of the office have an address: ask one of them.`,
      );
    return conversation;
  }
  const address = channelAddress(to.name);
  if (address !== undefined) return conversationAt(tx, office, sender, address);
  const agent = await findAgentByName(tx, office.id, to.name);
  // An agent may write to a person by the alias that it knows; a person writes to agents that exist.
  if (agent === undefined && sender.kind !== 'agent') throw errors.notFound('agent', to.name);
  if (agent !== undefined) refuseArchived(agent);
  if (to.name.normalize('NFC') === sender.name) throw errors.validationFailed('to', 'is the sender');
  return openDirect(tx, office, sender.name, agent?.name ?? to.name);
}

/**
 * The conversation with whoever has an address on a public network: an agent of this office by its name; somebody else through
 * the network, when the agent that speaks is on it.
 */
async function conversationAt(tx: Context, office: Office, sender: Sender, address: string): Promise<Conversation> {
  const here = (await agentsAt(tx, office.id, 'xmtp', [address])).get(address);
  if (here?.name === sender.name) throw errors.validationFailed('to', 'is the sender');
  if (here !== undefined) return conversationFor(tx, office, sender, { name: here.name });
  if (sender.agentId === undefined) throw errors.notFound('agent', address);
  assertChannelConfigured(tx, 'xmtp');
  if (!(await isOnChannel(tx, sender.agentId, 'xmtp')))
    throw errors.conflict(
      `${sender.name} is not on xmtp. A person switches it on: POST …/integrations/xmtp/agents/${sender.name}.`,
    );
  return openDirect(tx, office, sender.name, address, { channel: 'xmtp', id: address });
}

/** What comes from outside: nobody here can be asked for money then, so it waits for it. `wakes` is whether it may wake anybody at all. */
export interface FromOutside {
  wakes: boolean;
}

export async function wakeListeners(
  tx: Context,
  conversation: Conversation,
  sender: Sender,
  message: Message,
  outside?: FromOutside,
): Promise<string[]> {
  const members = await listMembers(tx, conversation.id);
  const agents = members.filter((member) => member.agent_id !== null && member.agent_id !== sender.agentId);
  await wakeRunsAwaitingReply(
    tx,
    agents.flatMap(({ agent_id }) => (agent_id === null ? [] : [agent_id])),
  );
  const isOpening = opensSession(message.content);
  // Who lives elsewhere acknowledges for itself, or does not.
  const external = !isOpening
    ? new Set<string>()
    : await externalAmong(
        tx,
        agents.map(({ agent_id }) => agent_id ?? ''),
      );
  const receiptIds: string[] = [];
  const away = await awayAmong(
    tx,
    agents.map(({ agent_id }) => agent_id ?? ''),
  );
  for (const { agent_id, participant } of agents) {
    if (agent_id === null || away.has(agent_id)) continue;
    if (outside !== undefined && !(await isHeardOutside(tx, conversation, agent_id, outside))) continue;
    if (isControlFrame(message.content)) {
      const isDue = outside === undefined || (await mayAcknowledge(tx, conversation.id, participant));
      if (isOpening && !external.has(agent_id) && isDue) {
        const acknowledgement = await acknowledgementOf(tx, agent_id, message.content);
        await writeMessage(tx, conversation, { name: participant, kind: 'agent', agentId: agent_id }, acknowledgement);
      }
      continue;
    }
    if (conversation.kind === 'group' && !isMentioned(message.content, participant)) continue;
    const mayWake =
      sender.kind === 'agent'
        ? await mayWakeAgent(tx, conversation.id, sender.name, participant)
        : outside === undefined || (await mayWakeFromOutside(tx, agent_id));
    if (!mayWake) {
      // Of a flood from outside it is told when it begins, not with each drop.
      if (outside === undefined || (await wokeBefore(tx, message, agent_id)))
        recordSuppressed(tx, conversation, agent_id, participant);
      continue;
    }
    const place = { organizationId: conversation.organization_id, officeId: conversation.office_id };
    if (outside === undefined)
      await assertPayable(tx, { officeId: conversation.office_id, agentId: agent_id, causeKind: 'message' });
    const runId = await queueRun(tx, { ...place, agentId: agent_id, causeKind: 'message', causeId: message.id });
    if (runId === undefined) continue;
    const receipt = await openReceipt(tx, {
      ...place,
      subjectId: agent_id,
      action: 'chat_message',
      expectedSeconds: EXPECTED_REPLY_SECONDS,
      runId,
    });
    receiptIds.push(receipt.id);
  }
  return receiptIds;
}

/** Whether an agent is there to hear what is said outside: on the network, and with an answer that could leave. */
async function isHeardOutside(
  tx: Context,
  { channel }: Conversation,
  agentId: string,
  { wakes }: FromOutside,
): Promise<boolean> {
  const name = channelNames.find((known) => known === channel);
  return wakes && name !== undefined && (await isOnChannel(tx, agentId, name));
}

/** Whether what the sender said before this woke the agent. */
async function wokeBefore(tx: Context, message: Message, agentId: string): Promise<boolean> {
  const run = await tx.db
    .selectFrom('runs')
    .select('id')
    .where('agent_id', '=', agentId)
    .where('cause_kind', '=', 'message')
    .where(({ eb, selectFrom }) =>
      eb(
        'cause_id',
        'in',
        selectFrom('messages')
          .select('id')
          .where('conversation_id', '=', message.conversation_id)
          .where('sender', '=', message.sender)
          .where('id', '<', message.id)
          .orderBy('id', 'desc')
          .limit(1),
      ),
    )
    .executeTakeFirst();
  return run !== undefined;
}

async function externalAmong(tx: Context, agentIds: readonly string[]): Promise<Set<string>> {
  const rows = await tx.db
    .selectFrom('agents')
    .select('id')
    .where('id', 'in', [...agentIds, ''])
    .where('driver', '=', 'external')
    .execute();
  return new Set(rows.map(({ id }) => id));
}

/** Of these agents, those that were put away or have left: nobody speaks for them. */
async function awayAmong(tx: Context, agentIds: readonly string[]): Promise<Set<string>> {
  const rows = await tx.db
    .selectFrom('agents')
    .select('id')
    .where('id', 'in', [...agentIds, ''])
    .where(({ or, eb }) => or([eb('state', '=', 'archived'), eb('deleted_at', 'is not', null)]))
    .execute();
  return new Set(rows.map(({ id }) => id));
}

function isMentioned(content: string, name: string): boolean {
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?:^|[^\\p{L}\\p{N}])@(?:${escaped}|all|everyone)(?![\\p{L}\\p{N}])`, 'iu').test(content);
}

function recordSuppressed(tx: Context, conversation: Conversation, agentId: string, name: string): void {
  record(tx, {
    organizationId: conversation.organization_id,
    officeId: conversation.office_id,
    agentId,
    type: 'message.reply_suppressed',
    subjectId: conversation.id,
    data: { agent: name, reason: 'loop_guard' },
  });
}
