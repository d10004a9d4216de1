export { type Budget, budgetsOf, refusingBudget } from './budgets.ts';
export { checkLedger, type LedgerProblem } from './check-ledger.ts';
export {
  addCredits,
  type Balance,
  balanceOf,
  type CreditEntry,
  creditHistory,
  lookAgainForMoney,
  officeBalanceCents,
  wakeRunsWithoutMoney,
} from './credits.ts';
export { post } from './ledger.ts';
export { centsOfMicros } from './micros.ts';
export { chargeOffice, officeRefusal } from './office-charge.ts';
export { expireReservations, releaseForRun, reserveForRun, settleForRun } from './reservation.ts';
