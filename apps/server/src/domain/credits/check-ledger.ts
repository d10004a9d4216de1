import { sql } from 'kysely';
import type { Context } from '../context/index.ts';

export interface LedgerProblem {
  what: 'transfer_not_zero' | 'balance_differs' | 'hold_differs' | 'below_zero';
  id: string;
}

/** Proves the books: every transfer sums to zero, every balance equals its entries, every hold its reservations. */
export async function checkLedger(context: Context): Promise<LedgerProblem[]> {
  const transfers = await sql<{
    id: string;
  }>`select transfer_id as id from entries group by transfer_id having sum(amount_cents) <> 0`.execute(context.db);
  const balances = await sql<{ id: string }>`
    select a.id from accounts a left join entries e on e.account_id = a.id
    group by a.id, a.balance_cents having a.balance_cents <> coalesce(sum(e.amount_cents), 0)`.execute(context.db);
  const holds = await sql<{ id: string }>`
    select a.id from accounts a left join reservations r on r.account_id = a.id and r.status = 'held'
    group by a.id, a.held_cents having a.held_cents <> coalesce(sum(r.amount_cents), 0)`.execute(context.db);
  const overdrawn = await sql<{
    id: string;
  }>`select id from accounts where kind = 'office' and balance_cents < 0`.execute(context.db);
  const problem = (what: LedgerProblem['what']) => (row: { id: string }) => ({ what, id: row.id });
  return [
    ...transfers.rows.map(problem('transfer_not_zero')),
    ...balances.rows.map(problem('balance_differs')),
    ...holds.rows.map(problem('hold_differs')),
    ...overdrawn.rows.map(problem('below_zero')),
  ];
}
