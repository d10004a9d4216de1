import { errors, newId } from '@guildhall/kernel';
import { loadAgent, OFFICE_GROUP_KEY } from '../agents/index.ts';
import { agentsAt, assertChannelConfigured, channelAddress, isOnChannel } from '../channels/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { loadOffice } from '../offices/index.ts';
import { queueOpening } from './channel-delivery.ts';
import { type Conversation, insertMember, loadConversation } from './conversation-store.ts';

const MEMBERS_MAX = 200;

/**
 * Opens a group of agents (by name) and, always, the people of the office as `user`. With addresses outside among its members it is a
 * group on that network: the first of its agents who is there opens it, and only agents speak in it.
 */
export async function createGroup(
  context: Context,
  officeId: string,
  input: { name?: string | undefined; members: string[] },
): Promise<Conversation> {
  if (input.members.length > MEMBERS_MAX) throw errors.validationFailed('members', `names more than ${MEMBERS_MAX}`);
  return inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'chat:write');
    const { names, addresses } = await sortMembers(tx, office.id, input.members);
    const opener = addresses.length === 0 ? undefined : await openerOf(tx, office.id, names);
    const conversation = await tx.db
      .insertInto('conversations')
      .values({
        id: newId(),
        organization_id: office.organization_id,
        office_id: office.id,
        kind: 'group',
        name: groupName(input.name),
        direct_key: null,
        created_at: tx.house.clock.now(),
        last_message: null,
        last_message_at: null,
        channel: opener === undefined ? null : 'xmtp',
        // The network says it when the group is open.
        channel_id: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    for (const name of names) {
      const agent = name === 'user' ? undefined : await loadAgent(tx, office.id, name, 'chat:write');
      await insertMember(tx, conversation.id, office.id, agent?.name ?? 'user');
    }
    for (const address of addresses) await insertMember(tx, conversation.id, office.id, address);
    if (opener === undefined) await insertMember(tx, conversation.id, office.id, 'user');
    else await queueOpening(tx, conversation, opener);
    tell(tx, conversation, 'group.created', { name: conversation.name, members: input.members });
    return conversation;
  });
}

/** Members by name, and those who are elsewhere by address; an address of an agent of the office is its name. */
async function sortMembers(
  tx: Context,
  officeId: string,
  members: readonly string[],
): Promise<{ names: string[]; addresses: string[] }> {
  const written = members.flatMap((member) => channelAddress(member) ?? []);
  if (written.length === 0) return { names: [...new Set(members)], addresses: [] };
  const here = await agentsAt(tx, officeId, 'xmtp', written);
  const names = members.flatMap((member) => {
    const address = channelAddress(member);
    return address === undefined ? [member] : (here.get(address)?.name ?? []);
  });
  return { names: [...new Set(names)], addresses: [...new Set(written.filter((address) => !here.has(address)))] };
}

/** Throws `not_configured`, or `conflict` when none of the agents is on the network. */
async function openerOf(tx: Context, officeId: string, names: readonly string[]): Promise<string> {
  assertChannelConfigured(tx, 'xmtp');
  if (names.includes('user'))
    throw errors.validationFailed(
      'members',
      'names people of the office: with addresses outside, only agents take part',
    );
  for (const name of names) {
    const agent = await loadAgent(tx, officeId, name, 'chat:write');
    if (await isOnChannel(tx, agent.id, 'xmtp')) return agent.id;
  }
  throw errors.conflict(
    'A group with addresses outside needs an agent that is on xmtp: switch it on for one of its members.',
  );
}

export async function addMember(context: Context, officeId: string, groupId: string, agentName: string): Promise<void> {
  await inTransaction(context, async (tx) => {
    const group = await loadGroup(tx, officeId, groupId, 'chat:write');
    refuseOfficeGroup(group);
    refuseOutside(group);
    const agent = await loadAgent(tx, officeId, agentName, 'chat:write');
    await insertMember(tx, group.id, officeId, agent.name);
    tell(tx, group, 'group.member_added', { member: agent.name });
  });
}

export async function removeMember(
  context: Context,
  officeId: string,
  groupId: string,
  agentName: string,
): Promise<void> {
  await inTransaction(context, async (tx) => {
    const group = await loadGroup(tx, officeId, groupId, 'chat:write');
    refuseOfficeGroup(group);
    refuseOutside(group);
    if (agentName === 'user') throw errors.conflict('The people of the office are in every group.');
    const removed = await tx.db
      .deleteFrom('conversation_members')
      .where('conversation_id', '=', group.id)
      .where('participant', '=', agentName.normalize('NFC'))
      .returning('participant')
      .executeTakeFirst();
    if (removed === undefined) throw errors.notFound('member', agentName);
    tell(tx, group, 'group.member_removed', { member: agentName });
  });
}

export async function renameGroup(context: Context, officeId: string, groupId: string, name: string): Promise<void> {
  await inTransaction(context, async (tx) => {
    const group = await loadGroup(tx, officeId, groupId, 'chat:write');
    refuseOutside(group);
    // Whoever works in it is in the office's group; what it is called is said by who leads the office.
    if (group.direct_key === OFFICE_GROUP_KEY) await loadOffice(tx, officeId, 'offices:write');
    await tx.db
      .updateTable('conversations')
      .set({ name: groupName(name) })
      .where('id', '=', group.id)
      .execute();
    tell(tx, group, 'group.renamed', { name });
  });
}

/** Who is in the group of the whole office, hiring and firing decide. */
function refuseOfficeGroup(group: Conversation): void {
  if (group.direct_key === OFFICE_GROUP_KEY)
    throw errors.conflict('The group of the office holds everybody who works in it: nobody is added or taken out.');
}

/** What a group is called and who is in it, its network says. */
function refuseOutside(group: Conversation): void {
  if (group.channel !== null)
    throw errors.conflict(
      `The group is held on ${group.channel}: it is changed there, and follows here with the next message.`,
    );
}

/** A group by its id; a direct conversation is none. */
export async function loadGroup(
  context: Context,
  officeId: string,
  groupId: string,
  permission: 'chat:read' | 'chat:write',
): Promise<Conversation> {
  const group = await loadConversation(context, officeId, groupId, permission);
  if (group.kind !== 'group') throw errors.notFound('group', groupId);
  return group;
}

function groupName(text: string | undefined): string {
  const name = (text ?? 'group').normalize('NFC').trim();
  if (name === '' || name.length > 100 || /\p{Cc}/u.test(name))
    throw errors.validationFailed('name', 'is empty, longer than 100 characters, or holds control characters');
  return name;
}

function tell(
  tx: Context,
  group: Conversation,
  type: string,
  data: { name?: string | null; members?: string[]; member?: string },
): void {
  record(tx, { organizationId: group.organization_id, officeId: group.office_id, type, subjectId: group.id, data });
}
