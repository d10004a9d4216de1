import { GuildhallError } from '@guildhall/kernel';
import type { Selectable } from 'kysely';
import type { InviteRow } from '../../schema/index.ts';
import type { Context } from '../context/index.ts';
import { findOffice, type Office } from '../offices/index.ts';
import { noteGuess, refuseGuesser } from './guesses.ts';
import { hashOf } from './invite.ts';

/** Does what a code is good for, and counts the codes that are none. Throws `rate_limited` for who guesses. */
export async function redeemInvite<T>(context: Context, work: () => Promise<T>): Promise<T> {
  refuseGuesser(context);
  try {
    return await work();
  } catch (error) {
    if (error instanceof GuildhallError && error.code === 'invite_unknown') noteGuess(context);
    throw error;
  }
}

/** Uses an invite up, in the transaction of what it is used for: of two that come at once, one gets in. Throws `invite_…`. */
export async function useInvite(
  tx: Context,
  code: string,
  kind: 'agent' | 'human' = 'agent',
): Promise<{ invite: Selectable<InviteRow>; office: Office }> {
  const invite = await lockInvite(tx, code, kind);
  const office = await findOffice(tx, invite.office_id);
  // One that was made at the very moment in which the office changed hands is the giver's still.
  if (office === undefined || office.organization_id !== invite.organization_id)
    throw new GuildhallError('invite_no_office', { message: 'There is no such office any more.' });
  await tx.db.updateTable('invites').set({ used_at: tx.house.clock.now() }).where('id', '=', invite.id).execute();
  return { invite, office };
}

async function lockInvite(tx: Context, code: string, kind: 'agent' | 'human'): Promise<Selectable<InviteRow>> {
  const query = tx.db.selectFrom('invites').selectAll().where('code_hash', '=', hashOf(code));
  const invite = await (tx.house.engine.kind === 'postgres' ? query.forUpdate() : query).executeTakeFirst();
  if (invite === undefined || invite.revoked_at !== null)
    throw new GuildhallError('invite_unknown', { message: 'There is no such invite.' });
  if (invite.kind !== kind)
    throw new GuildhallError('invite_wrong_type', {
      message:
        invite.kind === 'human'
          ? 'This invite is for a person, not for an agent.'
          : 'This invite is for an agent, not for a person.',
    });
  if (invite.used_at !== null) throw new GuildhallError('invite_used', { message: 'This invite was used already.' });
  if (invite.expires_at <= tx.house.clock.now())
    throw new GuildhallError('invite_expired', { message: 'This invite has expired.' });
  return invite;
}
