import { office } from '@guildhall/contract';
import { errors, formatInstant } from '@guildhall/kernel';
import Type from 'typebox';
import { addCredits, type Balance, balanceOf, creditHistory } from '../../domain/credits/index.ts';
import { type Quota, readQuota, setQuota } from '../../domain/offices/index.ts';
import { type Door, itemsWithCursor } from '../../http/index.ts';

const LIMIT_DEFAULT = 50;

function presentBalance(balance: Balance): office.CreditBalance {
  return { office_id: balance.officeId, balance: balance.balanceCents / 100, held: balance.heldCents / 100 };
}

function centsOf(amount: number): number {
  const cents = Math.round(amount * 100);
  if (Math.abs(cents - amount * 100) > 1e-6) throw errors.validationFailed('amount', 'has more than two decimals');
  return cents;
}

function presentQuota({ tier, cpuCores, memoryGigabytes, agentsMax }: Quota): office.Quota {
  return { tier, cpu: cpuCores, memory: memoryGigabytes, pods: agentsMax };
}

/** Seed: mitosis-sdk-reference 7.5. */
export function creditRoutes(door: Door): void {
  const tag = 'Credits';
  door.route(
    {
      method: 'GET',
      path: '/api/v1/offices/:officeId/quota',
      id: 'credits.quota',
      tag,
      summary: 'What the office may use of the house',
      params: office.OfficeParams,
      answers: { 200: office.Quota },
      fails: [404],
    },
    async ({ context, params }) => presentQuota(await readQuota(context, params.officeId)),
  );
  door.route(
    {
      method: 'PUT',
      path: '/api/v1/offices/:officeId/quota',
      id: 'credits.setQuota',
      tag,
      summary: 'Set what the office may use of the house; the operator does that',
      description: 'It binds at once: hires above it are refused (409), and runs wait for their turn.',
      params: office.OfficeParams,
      body: office.SetQuotaRequest,
      answers: { 200: office.Quota },
      fails: [404],
    },
    async ({ context, params, body }) => {
      const { tier, cpu: cpuCores, memory: memoryGigabytes, pods: agentsMax } = body;
      return presentQuota(await setQuota(context, params.officeId, { tier, cpuCores, memoryGigabytes, agentsMax }));
    },
  );
  const base = '/api/v1/offices/:officeId/credits';
  door.route(
    {
      method: 'GET',
      path: base,
      id: 'credits.balance',
      tag,
      summary: 'What the office may spend',
      params: office.OfficeParams,
      answers: { 200: office.CreditBalance },
      fails: [404],
    },
    async ({ context, params }) => presentBalance(await balanceOf(context, params.officeId)),
  );
  door.route(
    {
      method: 'POST',
      path: base,
      id: 'credits.add',
      tag,
      summary: 'Give credits to the office',
      description: 'A person’s decision: agents may not. What waited for money starts again.',
      params: office.OfficeParams,
      body: office.AddCreditsRequest,
      answers: { 200: office.CreditBalance },
      fails: [404],
      idempotent: true,
    },
    async ({ context, params, body }) =>
      presentBalance(
        await addCredits(context, params.officeId, { amountCents: centsOf(body.amount), reason: body.reason }),
      ),
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/history`,
      id: 'credits.history',
      tag,
      summary: 'What was booked, newest first',
      params: office.OfficeParams,
      query: office.CreditHistoryQuery,
      answers: { 200: Type.Array(office.CreditHistoryEntry) },
      fails: [404],
    },
    async ({ context, params, query, reply }) => {
      const page = {
        limit: query.limit ?? LIMIT_DEFAULT,
        cursor: query.cursor,
        ...(query.offset === undefined ? {} : { offset: query.offset }),
      };
      return itemsWithCursor(reply, await creditHistory(context, params.officeId, page)).map(
        (entry): office.CreditHistoryEntry => ({
          id: entry.id,
          office_id: params.officeId,
          amount: entry.amountCents / 100,
          balance_after: entry.balanceAfterCents / 100,
          reason: entry.reason,
          created_at: formatInstant(entry.at),
        }),
      );
    },
  );
}
