import { newId } from '@guildhall/kernel';
import { type Context, inTransaction, record, systemWithin } from '../context/index.ts';
import { createUser, issueKey } from '../identity/index.ts';
import type { Office } from '../offices/index.ts';
import { redeemInvite, useInvite } from './redeem.ts';

export interface ClaimInput {
  code: string;
  /** Of who comes; made up when left out, since the code is all that some clients send. */
  email?: string | undefined;
  name?: string | undefined;
}

export interface Claimed {
  userId: string;
  office: Office;
  /** Shown once. */
  key: string;
}

/**
 * A person comes by an invite: a member of the organisation whose office it was, with a key. Who comes with a credential of their own
 * stays who they are. What fails uses no code up. Throws `invite_…`, `name_taken` for a mail address that is somebody's.
 */
export async function claimInvite(context: Context, input: ClaimInput): Promise<Claimed> {
  return redeemInvite(context, () => claim(context, input));
}

async function claim(context: Context, input: ClaimInput): Promise<Claimed> {
  const { principal } = context;
  // The code is the credential: whoever made it had the right to let people in.
  return inTransaction(systemWithin(context), async (tx) => {
    const { invite, office } = await useInvite(tx, input.code, 'human');
    const name = input.name ?? (invite.label === '' ? 'guest' : invite.label);
    const user =
      principal.kind === 'user'
        ? { id: principal.userId, email: principal.email }
        : await createUser(tx, { email: input.email ?? `${newId().slice(-12)}@invited.guildhall.local`, name });
    await tx.db
      .insertInto('memberships')
      .values({ organization_id: office.organization_id, user_id: user.id, role: 'member' })
      // Whoever is more than that stays it.
      .onConflict((conflict) => conflict.columns(['organization_id', 'user_id']).doNothing())
      .execute();
    await tx.db.updateTable('invites').set({ used_by: user.id }).where('id', '=', invite.id).execute();
    const { key } = await issueKey(tx, {
      family: 'user',
      name: 'by invite',
      organizationId: office.organization_id,
      userId: user.id,
    });
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      type: 'user.joined',
      subjectId: user.id,
      data: { email: user.email, invite: invite.id, role: 'member' },
    });
    return { userId: user.id, office, key };
  });
}
