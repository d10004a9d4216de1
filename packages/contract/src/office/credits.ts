import Type, { type Static } from 'typebox';
import { closed, instant } from '../shapes.ts';
import { PageQuery } from './offices.ts';

/** Seed: mitosis-sdk-reference 7.5. */
export const Quota = Type.Object({
  tier: Type.String({
    description: 'unlimited: what the machine has; test, starter, developer, production; or a word of the operator’s.',
  }),
  cpu: Type.Number({ description: 'Cores: so many runs are at work at once.' }),
  memory: Type.Number({ description: 'GB: a run counts as two.' }),
  pods: Type.Integer({ description: 'Agents.' }),
});
export type Quota = Static<typeof Quota>;
export const SetQuotaRequest = closed({
  tier: Type.String({ minLength: 1, maxLength: 50 }),
  cpu: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
  memory: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
  pods: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000 })),
});
export type SetQuotaRequest = Static<typeof SetQuotaRequest>;

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
