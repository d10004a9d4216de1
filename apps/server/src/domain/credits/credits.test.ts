import { newId } from '@guildhall/kernel';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestApp, type Tenant, type TestApp } from '../../testing/test-app.ts';
import { inTransaction } from '../context/index.ts';
import {
  addCredits,
  balanceOf,
  checkLedger,
  creditHistory,
  releaseForRun,
  reserveForRun,
  settleForRun,
} from './index.ts';

let test: TestApp;
let tenant: Tenant;

beforeAll(async () => {
  test = await openTestApp({
    manualClock: true,
    environment: { GUILDHALL_OFFICE_GRANT: '10', GUILDHALL_AGENT_DAILY_CAP: '1000' },
  });
  tenant = await test.newTenant('credits');
});
afterAll(() => test.close());

const reserve = (run: { id: string; organization_id: string; office_id: string; agent_id: string }, cents: number) =>
  inTransaction(test.system, (tx) => reserveForRun(tx, run, cents, tx.house.clock.now() + 60_000));
const settle = (id: string, cents: number) => inTransaction(test.system, (tx) => settleForRun(tx, id, cents, 'test'));
const release = (id: string) => inTransaction(test.system, (tx) => releaseForRun(tx, id));

it('the books balance after any sequence of adding, reserving, settling and releasing', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), cents: fc.integer({ min: 1, max: 500 }) }),
    fc.record({ kind: fc.constant('reserve' as const), cents: fc.integer({ min: 1, max: 900 }) }),
    fc.record({
      kind: fc.constant('settle' as const),
      pick: fc.nat(),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    fc.record({ kind: fc.constant('release' as const), pick: fc.nat() }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const { office, agents } = await test.newOffice(tenant, 'spender');
      const agentId = agents[0]?.id ?? '';
      const held = new Map<string, number>();
      let expected = 1000;
      for (const action of steps) {
        const ids = [...held.keys()];
        if (action.kind === 'add') {
          await addCredits(tenant.context, office.id, { amountCents: action.cents, reason: 'more' });
          expected += action.cents;
        } else if (action.kind === 'reserve') {
          const id = newId();
          const refusal = await reserve(
            { id, organization_id: tenant.organizationId, office_id: office.id, agent_id: agentId },
            action.cents,
          );
          const free = expected - [...held.values()].reduce((sum, cents) => sum + cents, 0);
          expect(refusal === undefined).toBe(action.cents <= free);
          if (refusal === undefined) held.set(id, action.cents);
        } else if (ids.length > 0) {
          const id = ids[action.pick % ids.length] ?? '';
          const cost = action.kind === 'settle' ? Math.floor((held.get(id) ?? 0) * action.share) : 0;
          await (action.kind === 'settle' ? settle(id, cost) : release(id));
          // A second time changes nothing.
          await (action.kind === 'settle' ? settle(id, cost) : release(id));
          held.delete(id);
          expected -= cost;
        }
      }
      const balance = await balanceOf(tenant.context, office.id);
      expect(balance).toEqual({
        officeId: office.id,
        balanceCents: expected,
        heldCents: [...held.values()].reduce((sum, cents) => sum + cents, 0),
      });
      expect(await checkLedger(test.system)).toEqual([]);
    }),
    { numRuns: 25 },
  );
});

it('two runs cannot spend the same credit at once', async () => {
  const { office, agents } = await test.newOffice(tenant, 'racer');
  const run = () => ({
    id: newId(),
    organization_id: tenant.organizationId,
    office_id: office.id,
    agent_id: agents[0]?.id ?? '',
  });
  const refusals = await Promise.all(Array.from({ length: 8 }, () => reserve(run(), 400)));
  expect(refusals.filter((refusal) => refusal === undefined)).toHaveLength(2);
});

it('a cap of 0 means no spend, and a used-up cap waits for the next UTC day', async () => {
  const { office, agents } = await test.newOffice(tenant, 'capped');
  const agentId = agents[0]?.id ?? '';
  const run = { id: newId(), organization_id: tenant.organizationId, office_id: office.id, agent_id: agentId };
  await test.house.engine.db.updateTable('agents').set({ daily_cap_cents: 0 }).where('id', '=', agentId).execute();
  expect(await reserve(run, 1)).toEqual({ reason: 'budget_exhausted', notBeforeAt: Date.UTC(2030, 0, 16) });
  await test.house.engine.db.updateTable('agents').set({ daily_cap_cents: 5 }).where('id', '=', agentId).execute();
  expect(await reserve(run, 5)).toBeUndefined();
  await settle(run.id, 5);
  expect(await reserve({ ...run, id: newId() }, 1)).toMatchObject({ reason: 'budget_exhausted' });
});

it('adding with the same idempotency key adds once', async () => {
  const { office } = await test.newOffice(tenant);
  for (let time = 0; time < 3; time++)
    await addCredits(tenant.context, office.id, { amountCents: 500, reason: 'top up', idempotencyKey: 'same' });
  expect((await balanceOf(tenant.context, office.id)).balanceCents).toBe(1500);
  const { items } = await creditHistory(tenant.context, office.id, { limit: 10 });
  expect(items.map((entry) => [entry.amountCents, entry.balanceAfterCents])).toEqual([
    [500, 1500],
    [1000, 1000],
  ]);
});

it('an agent cannot add credits', async () => {
  const { office, agents } = await test.newOffice(tenant, 'greedy');
  const agent = agents[0];
  if (agent === undefined) throw new Error('one agent was hired');
  await expect(
    addCredits(await test.asAgent(agent), office.id, { amountCents: 1, reason: 'me' }),
  ).rejects.toMatchObject({ status: 403 });
});
