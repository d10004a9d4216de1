import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApp, type Tenant, type TestApp } from '../../testing/test-app.ts';
import { fireAgent } from '../agents/index.ts';
import { createSchedule, fireSchedules, listSchedules } from './index.ts';
import { checkTiming, nextFiring, nextTime } from './timing.ts';

const HOUR_MS = 3_600_000;

describe('the times of a schedule', () => {
  it('an interval keeps its beat, whatever happened in between; jitter never reaches into the next one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10_000, max: HOUR_MS }),
        fc.integer({ min: 0, max: 2_000_000_000_000 }),
        fc.integer({ min: 0, max: 10 * HOUR_MS }),
        fc.integer({ min: 0, max: 60_000 }),
        (everyMs, madeAt, later, jitterMs) => {
          const timing = { cron: null, everyMs, timezone: 'UTC' };
          const after = madeAt + later;
          const next = nextTime(timing, madeAt, after);
          expect(next).toBeGreaterThan(after);
          expect(next - after).toBeLessThanOrEqual(everyMs);
          expect((next - madeAt) % everyMs).toBe(0);
          const firing = nextFiring({ ...timing, id: 'x', madeAt, jitterMs }, after);
          expect(firing - next).toBeGreaterThanOrEqual(0);
          expect(firing - next).toBeLessThanOrEqual(Math.max(0, jitterMs - 1));
        },
      ),
    );
  });

  it('a cron is read in its own time zone, through the change of clocks', () => {
    const timing = { cron: '30 8 * * 1-5', everyMs: null, timezone: 'Europe/Berlin' };
    const at = (iso: string) => new Date(nextTime(timing, 0, Date.parse(iso))).toISOString();
    expect(at('2026-03-27T12:00:00Z')).toBe('2026-03-30T06:30:00.000Z');
    expect(at('2026-10-23T12:00:00Z')).toBe('2026-10-26T07:30:00.000Z');
  });

  it('what never fires, fires too often, or is no cron is refused by name', () => {
    for (const bad of [
      { cron: '* * * * * *', everyMs: null },
      { cron: 'soon', everyMs: null },
      { cron: '0 0 31 2 *', everyMs: null },
      { cron: null, everyMs: null },
      { cron: '* * * * *', everyMs: 60_000 },
      { cron: null, everyMs: 100 },
      { cron: null, everyMs: Number.NaN },
    ])
      expect(() => checkTiming({ ...bad, timezone: 'UTC' }), JSON.stringify(bad)).toThrow(/cron|every_seconds/);
    expect(() => checkTiming({ cron: '* * * * *', everyMs: null, timezone: 'Mars/Olympus' })).toThrow('time zone');
  });
});

describe('a schedule', () => {
  let test: TestApp;
  let tenant: Tenant;
  beforeAll(async () => {
    test = await openTestApp({ manualClock: true });
    tenant = await test.newTenant('schedules');
  });
  afterAll(() => test.close());

  const input = (agent: string) => ({
    agent,
    name: '',
    prompt: 'look at the mail',
    cron: null,
    everyMs: HOUR_MS,
    timezone: 'UTC',
    jitterMs: 0,
  });
  const runsOf = (officeId: string) =>
    test.house.engine.db.selectFrom('runs').select('id').where('office_id', '=', officeId).execute();

  it('fires once for each time, although several look at once; what was missed is made up for once', async () => {
    const { office } = await test.newOffice(tenant, 'aria');
    await createSchedule(tenant.context, office.id, input('aria'));
    const fireOften = () => Promise.all([1, 2, 3].map(() => fireSchedules(test.system)));
    await fireOften();
    expect(await runsOf(office.id)).toHaveLength(0);
    test.clock?.advance(HOUR_MS);
    await fireOften();
    await fireOften();
    expect(await runsOf(office.id)).toHaveLength(1);
    // While the agent has not come to it, asking again would only pile up.
    test.clock?.advance(HOUR_MS);
    await fireOften();
    expect(await runsOf(office.id)).toHaveLength(1);
    await test.house.engine.db.updateTable('runs').set({ status: 'succeeded' }).execute();
    test.clock?.advance(10 * HOUR_MS);
    await fireOften();
    expect(await runsOf(office.id)).toHaveLength(2);
    const [schedule] = (await listSchedules(tenant.context, office.id, {}, { limit: 10 })).items;
    expect(schedule).toMatchObject({ fired: 3 });
    expect((schedule?.next_at ?? 0) - (test.clock?.now() ?? 0)).toBeLessThanOrEqual(HOUR_MS);
  });

  it('is an agent’s own affair, and ends with it', async () => {
    const { office, agents } = await test.newOffice(tenant, 'bo', 'cid');
    const [bo] = agents;
    if (bo === undefined) throw new Error('bo was not hired');
    const asBo = await test.asAgent(bo);
    await createSchedule(asBo, office.id, input('bo'));
    await expect(createSchedule(asBo, office.id, input('cid'))).rejects.toMatchObject({ code: 'forbidden' });
    await fireAgent(tenant.context, office.id, 'bo');
    test.clock?.advance(2 * HOUR_MS);
    await fireSchedules(test.system);
    expect((await listSchedules(tenant.context, office.id, {}, { limit: 10 })).items).toEqual([]);
    expect(await runsOf(office.id)).toEqual([]);
  });
});
