import { decodeCursor, errors, newId, type Page, type PageRequest, pageOf } from '@guildhall/kernel';
import { type Context, inTransaction, record } from '../context/index.ts';
import { loadOffice } from '../offices/index.ts';
import { lockAccount, lockOfficeAccount, post } from './ledger.ts';

const AMOUNT_CENTS_MAX = 100_000_000_000;
const REASON_CHARS_MAX = 500;

export interface Balance {
  officeId: string;
  balanceCents: number;
  /** Reserved by runs under way; part of the balance, but not to be spent twice. */
  heldCents: number;
}

export async function balanceOf(context: Context, officeId: string): Promise<Balance> {
  const office = await loadOffice(context, officeId, 'credits:read');
  const account = await accountOf(context, office.id);
  return {
    officeId,
    balanceCents: account?.balance_cents ?? context.house.limits.officeGrantCents,
    heldCents: account?.held_cents ?? 0,
  };
}

/** What an office owns, for the house itself; what is held for runs under way is part of it. */
export async function officeBalanceCents(context: Context, officeId: string): Promise<number> {
  return (await accountOf(context, officeId))?.balance_cents ?? context.house.limits.officeGrantCents;
}

/** Undefined for an office that has not touched its account yet: it owns its grant all the same. */
async function accountOf(context: Context, officeId: string) {
  const account = await context.db
    .selectFrom('accounts')
    .selectAll()
    .where('kind', '=', 'office')
    .where('owner_id', '=', officeId)
    .executeTakeFirst();
  return account?.is_open === false && account.balance_cents === 0 ? undefined : account;
}

/**
 * Gives credits to an office (a person's decision: agents lack the right). Runs that waited for money may start again.
 * `idempotencyKey` makes a repeated call harmless.
 */
export async function addCredits(
  context: Context,
  officeId: string,
  input: { amountCents: number; reason: string; idempotencyKey?: string | undefined },
): Promise<Balance> {
  const { amountCents, reason } = input;
  if (!Number.isSafeInteger(amountCents) || amountCents <= 0 || amountCents > AMOUNT_CENTS_MAX) {
    throw errors.validationFailed('amount', 'is not above 0 with at most two decimals');
  }
  if (reason.trim() === '' || reason.length > REASON_CHARS_MAX)
    throw errors.validationFailed('reason', `is empty or longer than ${REASON_CHARS_MAX} characters`);
  return inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'credits:write');
    const account = await lockOfficeAccount(tx, office.id);
    const grant = await lockAccount(tx, 'grant', 'guildhall');
    const posted = await post(tx, {
      idempotencyKey:
        input.idempotencyKey === undefined ? `add:${newId()}` : `add:${office.id}:${input.idempotencyKey}`,
      kind: 'add',
      reason,
      lines: [
        { account, amountCents },
        { account: grant, amountCents: -amountCents },
      ],
    });
    if (posted) {
      record(tx, {
        organizationId: office.organization_id,
        officeId: office.id,
        type: 'credits.added',
        subjectId: account.id,
        data: { amount_cents: amountCents, balance_cents: account.balance_cents, reason },
      });
      await wakeRunsWithoutMoney(tx, 'office_id', office.id);
    }
    return { officeId, balanceCents: account.balance_cents, heldCents: account.held_cents };
  });
}

/** Lets runs that waited for money look again: there is more of it, or a cap was raised. */
export async function wakeRunsWithoutMoney(tx: Context, column: 'office_id' | 'agent_id', id: string): Promise<void> {
  await tx.db
    .updateTable('runs')
    .set({ not_before_at: tx.house.clock.now(), waiting_reason: null })
    .where(column, '=', id)
    .where('status', '=', 'queued')
    .where('waiting_reason', '=', 'budget_exhausted')
    .execute();
  if (tx.pending !== undefined) tx.pending.runsQueued = true;
}

/** The same, for an office whose caps were changed. */
export async function lookAgainForMoney(context: Context, officeId: string): Promise<void> {
  await inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'offices:write');
    await wakeRunsWithoutMoney(tx, 'office_id', office.id);
  });
}

export interface CreditEntry {
  id: string;
  amountCents: number;
  balanceAfterCents: number;
  reason: string;
  at: number;
}

/** The entries of an office's account, newest first. */
export async function creditHistory(
  context: Context,
  officeId: string,
  page: PageRequest & { offset?: number },
): Promise<Page<CreditEntry>> {
  const office = await loadOffice(context, officeId, 'credits:read');
  let query = context.db
    .selectFrom('entries')
    .innerJoin('accounts', 'accounts.id', 'entries.account_id')
    .select([
      'entries.transfer_id',
      'entries.amount_cents',
      'entries.balance_after_cents',
      'entries.reason',
      'entries.at',
    ])
    .where('accounts.kind', '=', 'office')
    .where('accounts.owner_id', '=', office.id)
    .orderBy('entries.transfer_id', 'desc')
    .limit(page.limit + 1);
  if (page.offset !== undefined) query = query.offset(page.offset);
  if (page.cursor !== undefined)
    query = query.where('entries.transfer_id', '<', decodeCursor(page.cursor, 'string')[0]);
  const rows = await query.execute();
  const entries = rows.map((row) => ({
    id: row.transfer_id,
    amountCents: row.amount_cents,
    balanceAfterCents: row.balance_after_cents,
    reason: row.reason,
    at: row.at,
  }));
  return pageOf(entries, page.limit, (entry) => [entry.id]);
}
