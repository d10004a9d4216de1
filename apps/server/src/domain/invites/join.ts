import { errors, GuildhallError, type JsonObject } from '@guildhall/kernel';
import type { Selectable } from 'kysely';
import type { InviteRow } from '../../schema/index.ts';
import { type Agent, hireAgent } from '../agents/index.ts';
import { type Context, inTransaction, record, systemContext } from '../context/index.ts';
import { openOfficeGroup } from '../conversations/index.ts';
import { issueKey } from '../identity/index.ts';
import { findOffice } from '../offices/index.ts';
import { noteGuess, refuseGuesser } from './guesses.ts';
import { hashOf } from './invite.ts';

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
  refuseGuesser(context);
  try {
    return await join(context, input);
  } catch (error) {
    if (error instanceof GuildhallError && error.code === 'invite_unknown') noteGuess(context);
    throw error;
  }
}

async function join(context: Context, input: JoinInput): Promise<Joined> {
  // The code is the credential: whoever made it had the right to hire.
  return inTransaction(systemContext(context.house, context.requestId), async (tx) => {
    const invite = await lockInvite(tx, input.code);
    const office = await findOffice(tx, invite.office_id);
    if (office === undefined)
      throw new GuildhallError('invite_no_office', { message: 'There is no such office any more.' });
    const profile: JsonObject = {
      originSource: 'external',
      ...(input.xmtpAddress === undefined ? {} : { xmtpAddress: input.xmtpAddress }),
      capabilities: [...(input.capabilities ?? [])],
    };
    const { publicKey, agentName: name } = input;
    await refuseKnownName(tx, office.id, name);
    const agent = await hireAgent(tx, office.id, { name, role: 'external', driver: 'external', publicKey, profile });
    await tx.db
      .updateTable('invites')
      .set({ used_at: tx.house.clock.now(), used_by: agent.id })
      .where('id', '=', invite.id)
      .execute();
    const { key } = await issueKey(tx, {
      family: 'agent',
      name: agent.name,
      organizationId: office.organization_id,
      agentId: agent.id,
    });
    const group = await openOfficeGroup(tx, office);
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
async function refuseKnownName(tx: Context, officeId: string, name: string): Promise<void> {
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

/** The invite of a code, held until the transaction ends: of two that come at once, one gets in. */
async function lockInvite(tx: Context, code: string): Promise<Selectable<InviteRow>> {
  const query = tx.db.selectFrom('invites').selectAll().where('code_hash', '=', hashOf(code));
  const invite = await (tx.house.engine.kind === 'postgres' ? query.forUpdate() : query).executeTakeFirst();
  if (invite === undefined || invite.revoked_at !== null)
    throw new GuildhallError('invite_unknown', { message: 'There is no such invite.' });
  if (invite.kind !== 'agent')
    throw new GuildhallError('invite_wrong_type', { message: 'This invite is for a person, not for an agent.' });
  if (invite.used_at !== null) throw new GuildhallError('invite_used', { message: 'This invite was used already.' });
  if (invite.expires_at <= tx.house.clock.now())
    throw new GuildhallError('invite_expired', { message: 'This invite has expired.' });
  return invite;
}
