import { errors, newId } from '@guildhall/kernel';
import type { Selectable } from 'kysely';
import type { AccountRow } from '../../schema/index.ts';
import { actorOf } from '../access/index.ts';
import type { Context } from '../context/index.ts';

/**
 * Double entry in whole cents of a credit. Kinds of account:
 * `office`   what an office may spend; never below zero;
 * `grant`    what the operator gave out; goes down as credits are given;
 * `revenue`  what was earned by running agents.
 * Every transfer sums to zero, so all balances together are always zero.
 */
export type AccountKind = 'office' | 'grant' | 'revenue';
export type Account = Selectable<AccountRow>;

/** The account, with its row locked until the transaction ends. Made when it is new. */
export async function lockAccount(tx: Context, kind: AccountKind, ownerId: string): Promise<Account> {
  const find = () => {
    const query = tx.db.selectFrom('accounts').selectAll().where('kind', '=', kind).where('owner_id', '=', ownerId);
    return (tx.house.engine.kind === 'postgres' ? query.forUpdate() : query).executeTakeFirst();
  };
  const known = await find();
  if (known !== undefined) return known;
  await tx.db
    .insertInto('accounts')
    .values({
      id: newId(),
      kind,
      owner_id: ownerId,
      balance_cents: 0,
      held_cents: 0,
      is_open: false,
      created_at: tx.house.clock.now(),
    })
    .onConflict((conflict) => conflict.columns(['kind', 'owner_id']).doNothing())
    .execute();
  const made = await find();
  if (made === undefined) throw new Error(`the account ${kind}/${ownerId} could not be opened`);
  return made;
}

/** An office's account, opened on first use with the operator's grant for new offices. */
export async function lockOfficeAccount(tx: Context, officeId: string): Promise<Account> {
  const account = await lockAccount(tx, 'office', officeId);
  const amountCents = tx.house.limits.officeGrantCents;
  if (amountCents === 0 || account.is_open) return account;
  await tx.db.updateTable('accounts').set({ is_open: true }).where('id', '=', account.id).execute();
  const grant = await lockAccount(tx, 'grant', 'guildhall');
  await post(tx, {
    idempotencyKey: `grant:${officeId}`,
    kind: 'grant',
    reason: 'first credits of a new office',
    lines: [
      { account, amountCents },
      { account: grant, amountCents: -amountCents },
    ],
  });
  return account;
}

export interface Posting {
  /** The same key posts once: a repeated call returns false and changes nothing. */
  idempotencyKey: string;
  kind: string;
  reason: string;
  lines: { account: Account; amountCents: number }[];
}

/** Writes one transfer. Accounts must be locked. Throws when the lines do not sum to zero; `false` when it was posted before. */
export async function post(tx: Context, posting: Posting): Promise<boolean> {
  const sum = posting.lines.reduce((total, line) => total + line.amountCents, 0);
  if (sum !== 0) throw new Error(`the transfer "${posting.reason}" sums to ${sum}`);
  if (!posting.lines.every((line) => Number.isSafeInteger(line.amountCents)))
    throw errors.validationFailed('amount', 'is not a whole number of cents');
  const at = tx.house.clock.now();
  const { kind, id } = actorOf(tx.principal);
  const transfer = await tx.db
    .insertInto('transfers')
    .values({
      id: newId(),
      idempotency_key: posting.idempotencyKey,
      kind: posting.kind,
      reason: posting.reason,
      actor: `${kind}:${id}`,
      at,
    })
    .onConflict((conflict) => conflict.column('idempotency_key').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (transfer === undefined) return false;
  for (const [line, { account, amountCents }] of posting.lines.entries()) {
    const balance = account.balance_cents + amountCents;
    account.balance_cents = balance;
    await tx.db.updateTable('accounts').set({ balance_cents: balance }).where('id', '=', account.id).execute();
    await tx.db
      .insertInto('entries')
      .values({
        transfer_id: transfer.id,
        line,
        account_id: account.id,
        amount_cents: amountCents,
        balance_after_cents: balance,
        reason: posting.reason,
        at,
      })
      .execute();
  }
  return true;
}
