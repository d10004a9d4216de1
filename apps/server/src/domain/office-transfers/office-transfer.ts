import { errors } from '@guildhall/kernel';
import type { Selectable } from 'kysely';
import type { OfficeTransferRow } from '../../schema/index.ts';
import type { UserPrincipal } from '../access/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { findUser } from '../identity/index.ts';
import { loadOffice, type Office } from '../offices/index.ts';

/** For so long an offer stands. */
const OFFER_MS = 14 * 86_400_000;
const OFFERS_MAX = 100;

export type OfficeTransfer = Selectable<OfficeTransferRow> & {
  office_name: string;
  from_email: string;
  to_email: string;
};

/**
 * Offers an office to another user, who has to accept; a new offer takes the place of the one before. Nothing changes
 * until then. Only people give offices away. Throws `validation_failed` for a user that is not here, or is the owner.
 */
export async function offerOffice(context: Context, officeId: string, newOwner: string): Promise<void> {
  await inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'offices:write');
    const { userId } = personOf(tx);
    const to = await findUser(tx, newOwner.trim());
    if (to === undefined)
      throw errors.validationFailed('new_owner_id', 'names no user of this house', 'Give an id or a mail address.');
    if (to.id === office.owner_user_id) throw errors.validationFailed('new_owner_id', 'owns this office already');
    const now = tx.house.clock.now();
    const row = {
      organization_id: office.organization_id,
      to_user_id: to.id,
      offered_by: userId,
      offered_at: now,
      expires_at: now + OFFER_MS,
    };
    await tx.db
      .insertInto('office_transfers')
      .values({ office_id: office.id, ...row })
      .onConflict((conflict) => conflict.column('office_id').doUpdateSet(row))
      .execute();
    tell(tx, office, 'office.transfer_offered', { to: to.id, expires_at: row.expires_at });
  });
}

/** The offer of an office, for those between whom it stands. Throws `not_found` when there is none. */
export async function loadTransfer(context: Context, officeId: string): Promise<OfficeTransfer> {
  const offer = await offers(context).where('office_transfers.office_id', '=', officeId).executeTakeFirst();
  const isForCaller = context.principal.kind === 'user' && offer?.to_user_id === context.principal.userId;
  if (!isForCaller) await loadOffice(context, officeId, 'offices:write');
  if (offer === undefined) throw errors.notFound('transfer of the office', officeId);
  return offer;
}

/** What is offered to the caller, the newest first. */
export async function listOffers(context: Context): Promise<OfficeTransfer[]> {
  const { userId } = personOf(context);
  return offers(context).where('to_user_id', '=', userId).orderBy('offered_at', 'desc').limit(OFFERS_MAX).execute();
}

/** Ends an offer: withdrawn by the office's side, or declined by the other. */
export async function endTransfer(context: Context, officeId: string): Promise<void> {
  await inTransaction(context, async (tx) => {
    const offer = await loadTransfer(tx, officeId);
    const isDeclined = personOf(tx).userId === offer.to_user_id;
    const ended = await tx.db
      .deleteFrom('office_transfers')
      .where('office_id', '=', offer.office_id)
      .where('organization_id', '=', offer.organization_id)
      .returning('office_id')
      .executeTakeFirst();
    if (ended === undefined) throw errors.notFound('transfer of the office', officeId);
    const office = { id: offer.office_id, organization_id: offer.organization_id };
    tell(tx, office, isDeclined ? 'office.transfer_declined' : 'office.transfer_withdrawn', { to: offer.to_user_id });
  });
}

function offers(context: Context) {
  return context.db
    .selectFrom('office_transfers')
    .innerJoin('offices', 'offices.id', 'office_transfers.office_id')
    .innerJoin('users as giver', 'giver.id', 'office_transfers.offered_by')
    .innerJoin('users as taker', 'taker.id', 'office_transfers.to_user_id')
    .selectAll('office_transfers')
    .select(['offices.name as office_name', 'giver.email as from_email', 'taker.email as to_email'])
    .where('offices.deleted_at', 'is', null)
    .whereRef('offices.organization_id', '=', 'office_transfers.organization_id')
    .where('expires_at', '>', context.house.clock.now());
}

export function personOf({ principal }: Context): UserPrincipal {
  if (principal.kind === 'anonymous') throw errors.unauthorized('This needs a credential.');
  if (principal.kind !== 'user') throw errors.forbidden('offices:write as a person');
  return principal;
}

export function tell(
  tx: Context,
  office: Pick<Office, 'id' | 'organization_id'>,
  type: string,
  data: Record<string, string | number>,
): void {
  const place = { organizationId: office.organization_id, officeId: office.id };
  record(tx, { ...place, type, subjectId: office.id, data, isMove: type === 'office.transferred' });
}
