import { formatInstant, startOfUtcDayMs } from '@guildhall/kernel';
import { sql } from 'kysely';
import { type Context, inTransaction } from '../context/index.ts';
import { officeBudgetsOf, refusingBudget } from './budgets.ts';
import { lockAccount, lockOfficeAccount, post } from './ledger.ts';

/** Why an office cannot pay for what none of its agents does, before that begins; undefined when it can. */
export async function officeRefusal(
  context: Context,
  officeId: string,
  amountCents: number,
): Promise<string | undefined> {
  if (amountCents === 0) return undefined;
  const account = await inTransaction(context, (tx) => lockOfficeAccount(tx, officeId));
  if (account.balance_cents - account.held_cents < amountCents) return 'The office is out of credits.';
  const refusing = refusingBudget(await officeBudgetsOf(context, officeId), amountCents);
  if (refusing === undefined) return undefined;
  return `The ${refusing.period === 'day' ? 'daily' : 'monthly'} cap of the office is reached; it is fresh again at ${formatInstant(refusing.resetsAt)}.`;
}

/** Charges an office for what none of its agents did. The same key charges once. */
export async function chargeOffice(
  tx: Context,
  officeId: string,
  costCents: number,
  charge: { idempotencyKey: string; kind: string; reason: string },
): Promise<void> {
  if (costCents === 0) return;
  const account = await lockOfficeAccount(tx, officeId);
  const revenue = await lockAccount(tx, 'revenue', officeId);
  const lines = [
    { account, amountCents: -costCents },
    { account: revenue, amountCents: costCents },
  ];
  if (!(await post(tx, { ...charge, lines }))) return;
  await tx.db
    .insertInto('office_spend')
    .values({
      office_id: officeId,
      day_at: startOfUtcDayMs(tx.house.clock.now()),
      spent_cents: costCents,
      held_cents: 0,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['office_id', 'day_at'])
        .doUpdateSet({ spent_cents: sql<number>`office_spend.spent_cents + ${costCents}` }),
    )
    .execute();
}
