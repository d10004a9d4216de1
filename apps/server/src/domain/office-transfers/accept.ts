import { errors, type JsonObject } from '@guildhall/kernel';
import { isOpenClone } from '../../schema/index.ts';
import { type Context, inTransaction } from '../context/index.ts';
import { rereadActivity } from '../memory/index.ts';
import { findOffice, type Office } from '../offices/index.ts';
import { returnRuns } from '../runs/index.ts';
import { loadTransfer, personOf, tell } from './office-transfer.ts';

/** What carries the organisation beside its office. */
const OF_THE_ORGANIZATION = [
  'agents',
  'tasks',
  'runs',
  'approvals',
  'schedules',
  'conversations',
  'receipts',
  'invites',
  'clone_transfers',
] as const;

/**
 * Takes over an office that was offered to the caller, with all that is in it: agents and their keys, tasks, files, memory,
 * credits, credentials of services. What is under way goes back to its queue and is worked on for the new owner. Open invites
 * and secrets of the office end: the one who gave it away knows them. Its events up to now stay with the giver's records.
 */
export async function acceptTransfer(context: Context, officeId: string): Promise<Office> {
  return inTransaction(context, async (tx) => {
    const { userId, organizations } = personOf(tx);
    const offer = await loadTransfer(tx, officeId);
    const before = await findOffice(tx, officeId);
    if (before === undefined || offer.to_user_id !== userId) throw errors.notFound('transfer of the office', officeId);
    // Into an organisation of their own, also when they work in the giver's: rights come from it, and the giver's end with it.
    const own = organizations.filter(({ role }) => role === 'owner').map(({ id }) => id);
    const isWithin = own.includes(before.organization_id);
    const organizationId = isWithin ? before.organization_id : own[0];
    if (organizationId === undefined) throw errors.forbidden('offices:write in an organisation of your own');
    // Two who accept at once, or who accept what was just withdrawn: the row is there for one of them.
    const taken = await tx.db
      .deleteFrom('office_transfers')
      .where('office_id', '=', officeId)
      .where('to_user_id', '=', userId)
      .returning('office_id')
      .executeTakeFirst();
    if (taken === undefined) throw errors.notFound('transfer of the office', officeId);
    tell(tx, before, 'office.transferred', { from: before.owner_user_id, to: userId });
    if (!isWithin) await moveAll(tx, before, organizationId);
    const now = tx.house.clock.now();
    const office = await tx.db
      .updateTable('offices')
      .set({
        owner_user_id: userId,
        organization_id: organizationId,
        updated_at: now,
        ...(isWithin ? {} : { moved_at: now, settings: withoutAddresses(before.settings) }),
      })
      .where('id', '=', before.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    if (!isWithin) tell(tx, office, 'office.received', { from: before.owner_user_id });
    return office;
  });
}

/** Where the giver had requests sent, they would carry the new owner's credentials; whom the giver let in from outside, stays outside. */
function withoutAddresses({
  integration_urls: _urls,
  private_hosts: _hosts,
  xmtp_peers: _peers,
  network: _network,
  ...settings
}: JsonObject): JsonObject {
  return settings;
}

async function moveAll(tx: Context, office: Office, organizationId: string): Promise<void> {
  // What others write for the office now is committed before this, or refused after it: see `writeRecords`.
  if (tx.house.engine.kind === 'postgres')
    await tx.db.selectFrom('streams').select('id').where('id', '=', office.organization_id).forUpdate().execute();
  await returnRuns(tx, office.id);
  for (const table of OF_THE_ORGANIZATION)
    await tx.db
      .updateTable(table)
      .set({ organization_id: organizationId })
      .where('office_id', '=', office.id)
      .execute();
  const now = tx.house.clock.now();
  await tx.db
    .updateTable('api_keys')
    .set({ organization_id: organizationId })
    .where(({ selectFrom, eb }) =>
      eb('agent_id', 'in', selectFrom('agents').select('id').where('office_id', '=', office.id)),
    )
    .execute();
  await tx.db
    .updateTable('api_keys')
    .set({ revoked_at: now })
    .where('order_id', '=', office.id)
    .where('revoked_at', 'is', null)
    .execute();
  await tx.db
    .updateTable('invites')
    .set({ revoked_at: now })
    .where('office_id', '=', office.id)
    .where('used_at', 'is', null)
    .where('revoked_at', 'is', null)
    .execute();
  // Who was given more than its work asks for, was given it by the giver.
  await tx.db.deleteFrom('delegates').where('office_id', '=', office.id).execute();
  // A package that somebody on the giver's side has still to send would be written into an agent of the new owner.
  await tx.db
    .updateTable('clone_transfers')
    .set(({ eb }) => ({
      state: 'failed',
      phase: 'failed',
      message: 'The office changed hands.',
      fence: eb('fence', '+', 1),
      bundle_sha256: null,
      updated_at: now,
    }))
    .where(isOpenClone)
    .where(({ or, eb, selectFrom }) =>
      or([
        eb('office_id', '=', office.id),
        eb('origin_agent_id', 'in', selectFrom('agents').select('id').where('office_id', '=', office.id)),
      ]),
    )
    .execute();
  await rereadActivity(tx, office.id);
}
