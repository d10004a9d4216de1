import Type, { type Static } from 'typebox';
import { closed, instant } from '../shapes.ts';
import { PageQuery } from './offices.ts';

/** Seed: mitosis-sdk-reference 7.5. */
export const Quota = Type.Object({
  tier: Type.String({
    description: 'unlimited: what the machine has; test, starter, developer, production; or a word of the operator’s.',
  }),
  cpu: Type.Number({
    description:
      'Cores: at most so many runs are at work at once, and their commands get no more together; of tier unlimited those of the machine, which bound nothing.',
  }),
  memory: Type.Number({
    description:
      'GB: a run counts as two at least, and its commands may hold its part; of tier unlimited those of the machine.',
  }),
  pods: Type.Integer({ description: 'Agents.' }),
});
export type Quota = Static<typeof Quota>;
export const SetQuotaRequest = closed({
  tier: Type.String({
    minLength: 1,
    maxLength: 50,
    description: 'unlimited, test, starter, developer or production; or a word of your own, with all three numbers.',
  }),
  cpu: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 10_000, description: 'Cores; those of the tier when left out.' }),
  ),
  memory: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 100_000, description: 'GB; those of the tier when left out.' }),
  ),
  pods: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 100_000, description: 'Agents; those of the tier when left out.' }),
  ),
});
export type SetQuotaRequest = Static<typeof SetQuotaRequest>;

export const CreditBalance = Type.Object({
  office_id: Type.String({ description: 'Whose balance it is.' }),
  balance: Type.Number({ description: 'Credits, two decimals.' }),
  held: Type.Number({ description: 'Part of the balance that runs under way have reserved.' }),
});
export type CreditBalance = Static<typeof CreditBalance>;

export const AddCreditsRequest = closed({
  amount: Type.Number({ exclusiveMinimum: 0, maximum: 1_000_000_000, description: 'Credits, at most two decimals.' }),
  reason: Type.String({ maxLength: 1_000, description: '1 to 500 characters; stands in the history.' }),
});
export type AddCreditsRequest = Static<typeof AddCreditsRequest>;

export const CreditHistoryQuery = Type.Object({
  ...PageQuery.properties,
  offset: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 100_000, description: 'How many of the newest to skip; 0 when left out.' }),
  ),
});

export const CreditHistoryEntry = Type.Object({
  id: Type.String({ description: 'Later entries have greater ids.' }),
  office_id: Type.String({ description: 'Whose account it is.' }),
  amount: Type.Number({ description: 'Signed: what was spent is negative.' }),
  balance_after: Type.Number({ description: 'Credits that the office had then.' }),
  reason: Type.String({ description: 'As whoever gave credits wrote it; or which run or model was paid.' }),
  created_at: instant('When it was booked.'),
});
export type CreditHistoryEntry = Static<typeof CreditHistoryEntry>;
