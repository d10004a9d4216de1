import { errors, type JsonObject } from '@guildhall/kernel';
import { type Agent, hireAgent } from '../agents/index.ts';
import { type Context, inTransaction, record, systemWithin } from '../context/index.ts';
import { openOfficeGroup, writeMessage } from '../conversations/index.ts';
import { issueKey } from '../identity/index.ts';
import { redeemInvite, useInvite } from './redeem.ts';

export interface JoinInput {
  code: string;
  agentName: string;
  publicKey?: string | undefined;
  xmtpAddress?: string | undefined;
  capabilities?: readonly string[] | undefined;
}

export interface Joined {
  agent: Agent;
  /** Shown once. */
  key: string;
  officeGroupId: string;
}

/**
 * An agent that lives elsewhere comes into the office that invited it: employee, key, member of the office group, in one
 * transaction with the end of its code. What fails uses no code up. Throws `invite_…`, `name_taken`, `hire_limited`.
 */
export async function joinOffice(context: Context, input: JoinInput): Promise<Joined> {
  return redeemInvite(context, () => join(context, input));
}

async function join(context: Context, input: JoinInput): Promise<Joined> {
  // The code is the credential: whoever made it had the right to hire.
  return inTransaction(systemWithin(context), async (tx) => {
    const { invite, office } = await useInvite(tx, input.code);
    const profile: JsonObject = {
      originSource: 'external',
      ...(input.xmtpAddress === undefined ? {} : { xmtpAddress: input.xmtpAddress }),
      capabilities: [...(input.capabilities ?? [])],
    };
    const { publicKey, agentName: name } = input;
    await refuseKnownName(tx, office.id, name);
    const agent = await hireAgent(tx, office.id, { name, role: 'external', driver: 'external', publicKey, profile });
    await tx.db.updateTable('invites').set({ used_by: agent.id }).where('id', '=', invite.id).execute();
    const { key } = await issueKey(tx, {
      family: 'agent',
      name: agent.name,
      organizationId: office.organization_id,
      agentId: agent.id,
    });
    const group = await openOfficeGroup(tx, office);
    // As people are used to see it (spec: mitosis.md 3.5). It wakes nobody.
    await writeMessage(tx, group, { name: 'guildhall', kind: 'agent' }, `${agent.name} has joined the office.`);
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      agentId: agent.id,
      type: 'agent.joined',
      subjectId: agent.id,
      data: { name: agent.name, invite: invite.id, label: invite.label },
    });
    return { agent, key, officeGroupId: group.id };
  });
}

/** A stranger does not take the place of somebody who has talked here, a person or an agent that left. */
export async function refuseKnownName(tx: Context, officeId: string, name: string): Promise<void> {
  const known = await tx.db
    .selectFrom('conversation_members')
    .innerJoin('conversations', 'conversations.id', 'conversation_members.conversation_id')
    .select('conversation_members.participant')
    .where('conversations.office_id', '=', officeId)
    .where('conversation_members.participant', '=', name.normalize('NFC').trim())
    .limit(1)
    .executeTakeFirst();
  if (known !== undefined) throw errors.nameTaken('somebody in this office', name);
}
