import Type, { type Static } from 'typebox';
import { closed, instant } from '../shapes.ts';
import { PageQuery } from './offices.ts';

export const CreditBalance = Type.Object({
  office_id: Type.String(),
  balance: Type.Number({ description: 'Credits, two decimals.' }),
  held: Type.Number({ description: 'Part of the balance that runs under way have reserved.' }),
});
export type CreditBalance = Static<typeof CreditBalance>;

export const AddCreditsRequest = closed({
  amount: Type.Number({ exclusiveMinimum: 0, maximum: 1_000_000_000, description: 'Credits, at most two decimals.' }),
  reason: Type.String({ maxLength: 1_000 }),
});
export type AddCreditsRequest = Static<typeof AddCreditsRequest>;

export const CreditHistoryQuery = Type.Object({
  ...PageQuery.properties,
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000 })),
});

export const CreditHistoryEntry = Type.Object({
  id: Type.String(),
  office_id: Type.String(),
  amount: Type.Number({ description: 'Signed: what was spent is negative.' }),
  balance_after: Type.Number(),
  reason: Type.String(),
  created_at: instant('When it was booked.'),
});
export type CreditHistoryEntry = Static<typeof CreditHistoryEntry>;
