import type { Driver } from '@guildhall/agent';
import { eventually, openTestDatabase } from '@guildhall/testing';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openApp } from '../app.ts';
import { readConfig } from '../config.ts';
import { startAgent, stopAgent } from '../domain/agents/index.ts';
import { inTransaction, systemContext } from '../domain/context/index.ts';
import { listMessages, sendMessage } from '../domain/conversations/index.ts';
import { addCredits, balanceOf, checkLedger } from '../domain/credits/index.ts';
import { loadReceipt } from '../domain/receipts/index.ts';
import { claimNextRun, finishRun, renewRuns, takeBackLostRuns } from '../domain/runs/index.ts';
import { createTask, loadTask } from '../domain/tasks/index.ts';
import { openTestApp, type Tenant, type TestApp } from '../testing/test-app.ts';

describe('runs are leases with a fence', () => {
  let test: TestApp;
  let tenant: Tenant;
  beforeAll(async () => {
    test = await openTestApp({ manualClock: true });
    tenant = await test.newTenant('runs');
  });
  afterAll(() => test.close());

  const say = (officeId: string, name: string, content = 'hello') =>
    sendMessage(tenant.context, officeId, { to: { name }, content });

  it('an agent works on one thing at a time, in the order it was asked, however many workers look', async () => {
    const { office } = await test.newOffice(tenant, 'single');
    const asked: string[] = [];
    for (let at = 0; at < 12; at++) {
      asked.push((await say(office.id, 'single', `ask ${at}`)).message.id);
      test.clock?.advance(1);
    }
    for (const messageId of asked) {
      const claims = await Promise.all([1, 2, 3, 4].map((worker) => claimNextRun(test.system, `w${worker}`, 1000)));
      const [run, ...others] = claims.filter((claim) => claim !== undefined);
      expect(others).toEqual([]);
      expect(run?.cause_id).toBe(messageId);
      if (run === undefined) throw new Error('one run was claimed');
      await inTransaction(test.system, (tx) => finishRun(tx, run, { status: 'succeeded', summary: '' }));
    }
  });

  it('a lost run is taken over, and its old worker can write nothing more', async () => {
    const { office } = await test.newOffice(tenant, 'lost');
    await drain();
    await say(office.id, 'lost');
    const lost = await claimNextRun(test.system, 'dies', 1000);
    if (lost === undefined) throw new Error('one run was claimed');
    test.clock?.advance(1001);
    expect(await takeBackLostRuns(test.system)).toBeGreaterThan(0);
    const taken = await claimNextRun(test.system, 'lives', 1000);
    expect(taken).toMatchObject({ id: lost.id, attempts: 2 });
    expect(await renewRuns(test.system, 'dies', [lost.id], 1000)).toEqual([]);
    await expect(
      inTransaction(test.system, (tx) => finishRun(tx, lost, { status: 'succeeded', summary: 'late' })),
    ).rejects.toMatchObject({ code: 'stale_fence' });
    if (taken !== undefined)
      await inTransaction(test.system, (tx) => finishRun(tx, taken, { status: 'succeeded', summary: 'ok' }));
    expect(await checkLedger(test.system)).toEqual([]);
  });

  it('a run that kills every worker ends, with a name and a refund', async () => {
    const { office } = await test.newOffice(tenant, 'cursed');
    await drain();
    const sent = await say(office.id, 'cursed');
    for (let attempt = 0; attempt < test.house.limits.runAttemptsMax; attempt++) {
      await claimNextRun(test.system, `w${attempt}`, 1000);
      test.clock?.advance(1001);
      await takeBackLostRuns(test.system);
    }
    expect(await claimNextRun(test.system, 'w', 1000)).toBeUndefined();
    expect(await loadReceipt(tenant.context, office.id, sent.receiptIds[0] ?? '')).toMatchObject({
      status: 'failed',
      failure: { code: 'lease_lost' },
    });
    expect(await balanceOf(tenant.context, office.id)).toMatchObject({ heldCents: 0 });
  });

  it('a stopped agent gets no run, from the very next claim on', async () => {
    const { office } = await test.newOffice(tenant, 'stopped');
    await drain();
    await stopAgent(tenant.context, office.id, 'stopped');
    await say(office.id, 'stopped');
    expect(await claimNextRun(test.system, 'w', 1000)).toBeUndefined();
    await startAgent(tenant.context, office.id, 'stopped');
    expect(await claimNextRun(test.system, 'w', 1000)).toBeDefined();
  });

  it('without money a run waits and says why; new credits start it', async () => {
    const { office, agents } = await test.newOffice(tenant, 'broke');
    await drain();
    await test.house.engine.db
      .updateTable('agents')
      .set({ daily_cap_cents: 0 })
      .where('id', '=', agents[0]?.id ?? '')
      .execute();
    await say(office.id, 'broke');
    expect(await claimNextRun(test.system, 'w', 1000)).toBeUndefined();
    const waiting = await test.house.engine.db
      .selectFrom('runs')
      .selectAll()
      .where('office_id', '=', office.id)
      .executeTakeFirstOrThrow();
    expect(waiting).toMatchObject({ status: 'queued', waiting_reason: 'budget_exhausted', attempts: 0 });
    await test.house.engine.db
      .updateTable('agents')
      .set({ daily_cap_cents: 100 })
      .where('id', '=', agents[0]?.id ?? '')
      .execute();
    await addCredits(tenant.context, office.id, { amountCents: 100, reason: 'go on' });
    expect(await claimNextRun(test.system, 'w', 1000)).toMatchObject({ id: waiting.id });
  });

  /** Ends what earlier tests left over. */
  async function drain(): Promise<void> {
    test.clock?.advance(60_000);
    await takeBackLostRuns(test.system);
    for (
      let run = await claimNextRun(test.system, 'drain', 1000);
      run !== undefined;
      run = await claimNextRun(test.system, 'drain', 1000)
    ) {
      const claimed = run;
      await inTransaction(test.system, (tx) => finishRun(tx, claimed, { status: 'cancelled', summary: '' }));
    }
  }
});

describe('the supervisor', () => {
  it('answers every message once and ends every task, with the books in balance', async () => {
    const test = await openTestApp({ supervise: true });
    try {
      const tenant = await test.newTenant('busy');
      const { office } = await test.newOffice(tenant, 'aria', 'bo');
      const sent = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          sendMessage(tenant.context, office.id, {
            to: { name: index % 2 === 0 ? 'aria' : 'bo' },
            content: `remember that item ${index} is ready`,
          }),
        ),
      );
      const { task } = await createTask(tenant.context, office.id, {
        title: 'is item 7 ready?',
        assignee: 'aria',
        reviewer: 'bo',
      });
      const scope = { organizationId: tenant.organizationId, officeId: office.id };
      await eventually('the task to be accepted', async () =>
        (await loadTask(tenant.context, scope, task.id, 'tasks:read')).state === 'done' ? true : undefined,
      );
      for (const conversationId of new Set(sent.map((one) => one.conversation.id))) {
        const messages = await eventually('all replies', async () => {
          const { items } = await listMessages(tenant.context, conversationId, { limit: 100 });
          return items.length === 20 ? items : undefined;
        });
        expect(messages.filter((message) => message.sender_kind === 'agent')).toHaveLength(10);
      }
      await eventually('no run left', async () =>
        (
          await test.house.engine.db
            .selectFrom('runs')
            .select('id')
            .where('status', 'in', ['queued', 'running'])
            .execute()
        ).length === 0
          ? true
          : undefined,
      );
      expect(await checkLedger(test.system)).toEqual([]);
      expect((await balanceOf(tenant.context, office.id)).balanceCents).toBe(100_000 - 20 - 2 * 5);
    } finally {
      await test.close();
    }
  });

  it('tells the person when a driver fails, notes it at the agent, and gives the task back until the circuit opens', async () => {
    const database = await openTestDatabase();
    const failing: Driver = { name: 'reflex', run: async () => Promise.reject(new Error('out of order')) };
    const config = readConfig({
      GUILDHALL_DATA: database.folder,
      GUILDHALL_LOG: 'silent',
      ...(database.databaseUrl === undefined ? {} : { DATABASE_URL: database.databaseUrl }),
    });
    const app = await openApp({
      config,
      log: pino({ level: 'silent' }),
      version: 'test',
      drivers: new Map([['reflex', failing]]),
    });
    try {
      const { createUser, principalOfUser } = await import('../domain/identity/index.ts');
      const { createOffice } = await import('../domain/offices/index.ts');
      const { findAgentByName, hireAgent } = await import('../domain/agents/index.ts');
      const system = systemContext(app.house, 'test');
      const user = await createUser(system, { email: 'a@example.com', name: 'a' });
      const context = { ...system, principal: await principalOfUser(system, user) };
      const { office } = await createOffice(context, { name: 'x' });
      await hireAgent(context, office.id, { name: 'aria' });
      const sent = await sendMessage(context, office.id, { to: { name: 'aria' }, content: 'hello' });
      const reply = await eventually('a reply', async () =>
        (await listMessages(context, sent.conversation.id, { limit: 5 })).items.find(
          (message) => message.sender === 'aria',
        ),
      );
      expect(reply.content).toContain('driver_failed');
      expect(reply.content).not.toContain('out of order');
      expect((await findAgentByName(context, office.id, 'aria'))?.last_error).toMatchObject({ code: 'driver_failed' });
      const { task } = await createTask(context, office.id, { title: 'x', assignee: 'aria' });
      const blocked = await eventually('the circuit to open', async () => {
        const current = await loadTask(context, { organizationId: office.organization_id }, task.id, 'tasks:read');
        return current.state === 'blocked' ? current : undefined;
      });
      expect(blocked).toMatchObject({ failure_code: 'circuit_open', attempts: 5 });
    } finally {
      await app.close();
      await database.drop();
    }
  });

  it('closing the house waits for the housekeeping under way, so that nothing asks a closed database', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const database = await openTestDatabase();
    const faults: unknown[] = [];
    const log = pino({ level: 'error' }, { write: (line: string) => faults.push(line) });
    try {
      const config = readConfig({
        GUILDHALL_DATA: database.folder,
        ...(database.databaseUrl === undefined ? {} : { DATABASE_URL: database.databaseUrl }),
      });
      const app = await openApp({ config, log, version: 'test' });
      vi.advanceTimersByTime(1_000);
      await app.close();
      // What was left behind would go on now.
      for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect(faults).toEqual([]);
    } finally {
      vi.useRealTimers();
      await database.drop();
    }
  });
});
