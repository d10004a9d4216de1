import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApp, type Tenant, type TestApp } from '../../testing/test-app.ts';
import type { Agent } from '../agents/index.ts';
import type { Office } from '../offices/index.ts';
import {
  cancelTask,
  changeTask,
  claimTask,
  completeTask,
  createTask,
  loadTask,
  type Task,
  type TaskScope,
} from './index.ts';

let test: TestApp;
let tenant: Tenant;
let office: Office;
let agents: Agent[];
let scope: TaskScope;

beforeAll(async () => {
  test = await openTestApp();
  tenant = await test.newTenant('dependencies');
  ({ office, agents } = await test.newOffice(tenant, 'aria'));
  scope = { organizationId: tenant.organizationId, officeId: office.id };
});
afterAll(() => test.close());

const file = async (title: string, more: object = {}) =>
  (await createTask(tenant.context, office.id, { title, ...more })).task;
const waitFor = (task: Task, ...others: Task[]) =>
  changeTask(tenant.context, scope, task.id, { dependsOn: others.map(({ id }) => id) });
const queuedRuns = async (task: Task) =>
  (
    await test.house.engine.db
      .selectFrom('runs')
      .select('id')
      .where('cause_id', 'like', `${task.id}/%`)
      .where('status', '=', 'queued')
      .execute()
  ).length;
const finish = async (task: Task) => {
  const claim = await claimTask(tenant.context, scope, task.id, 'user:x');
  await completeTask(tenant.context, scope, task.id, claim.fence, { result: 'done', evidence: {} });
};

describe('what a task waits for', () => {
  it('can be set later: its run waits until that is done, and is there once nothing is in its way', async () => {
    const [first, second] = [await file('first'), await file('second')];
    const task = await file('third', { assignee: agents[0]?.name });
    expect(await queuedRuns(task)).toBe(1);
    await waitFor(task, first, second);
    expect(await queuedRuns(task)).toBe(0);
    await finish(first);
    expect(await queuedRuns(task)).toBe(0);
    await waitFor(task, first);
    expect(await queuedRuns(task)).toBe(1);
    await waitFor(task, second);
    expect(await queuedRuns(task)).toBe(0);
    await waitFor(task);
    expect(await queuedRuns(task)).toBe(1);
  });

  it('blocks it when it will never be done', async () => {
    const dead = await file('given up');
    await cancelTask(tenant.context, scope, dead.id);
    const task = await waitFor(await file('waits'), dead);
    expect(task).toMatchObject({ state: 'blocked', blocked_reason: expect.stringContaining('is cancelled') });
  });

  it('is not changed of what is worked on, nor is it its own whole', async () => {
    const other = await file('other');
    const whole = await file('whole');
    const part = await file('part', { parent: whole.id });
    await expect(waitFor(part, whole)).rejects.toMatchObject({ code: 'validation_failed' });
    const claimed = await file('claimed');
    await claimTask(tenant.context, scope, claimed.id, 'user:x');
    await expect(waitFor(claimed, other)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('is no part of what waits for it, whichever was there first', async () => {
    const whole = await file('a whole');
    const part = await file('its part', { parent: whole.id });
    const other = await file('in between');
    await waitFor(part, other);
    await expect(waitFor(other, whole)).rejects.toMatchObject({ code: 'validation_failed' });
    const waits = await file('waits for the whole', { dependsOn: [whole.id] });
    await expect(file('a child', { parent: whole.id, dependsOn: [waits.id] })).rejects.toMatchObject({
      code: 'validation_failed',
    });
    const [one, two] = [await file('one'), await file('two')];
    const [ofOne, ofTwo] = [await file('of one', { parent: one.id }), await file('of two', { parent: two.id })];
    await waitFor(ofOne, two);
    await expect(waitFor(ofTwo, one)).rejects.toMatchObject({ code: 'validation_failed' });
  });

  it('is no circle either when its halves come at the same time', async () => {
    for (let round = 0; round < 10; round++) {
      const [a, b, c, d] = [await file('a'), await file('b'), await file('c'), await file('d')] as [
        Task,
        Task,
        Task,
        Task,
      ];
      await waitFor(b, c);
      await waitFor(d, a);
      const halves = await Promise.allSettled([waitFor(a, b), waitFor(c, d)]);
      expect(halves.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    }
  });

  it('frees it when it waited in vain and does so no longer', async () => {
    const dead = await file('given up too');
    const task = await file('waits in vain', { dependsOn: [dead.id], assignee: agents[0]?.name });
    await cancelTask(tenant.context, scope, dead.id);
    expect((await loadTask(tenant.context, scope, task.id, 'tasks:read')).state).toBe('blocked');
    expect(await waitFor(task)).toMatchObject({ state: 'queued', blocked_reason: null });
    expect(await queuedRuns(task)).toBe(1);
  });

  it('is not taken away by who is to do it', async () => {
    const gate = await file('the approval');
    const task = await file('the work', { dependsOn: [gate.id], assignee: agents[0]?.name });
    const aria = await test.asAgent(agents[0] as Agent);
    await expect(changeTask(aria, scope, task.id, { dependsOn: [] })).rejects.toMatchObject({ code: 'forbidden' });
    const { task: own } = await createTask(aria, office.id, { title: 'of its own', dependsOn: [gate.id] });
    await changeTask(aria, scope, own.id, { dependsOn: [] });
  });

  it('is never, through however many others, itself', async () => {
    const tasks: Task[] = [];
    for (let number = 0; number < 6; number++) tasks.push(await file(`node ${number}`));
    const edges = new Map<number, number[]>();
    const reaches = (from: number, to: number, seen = new Set<number>()): boolean => {
      if (from === to) return true;
      if (seen.has(from)) return false;
      seen.add(from);
      return (edges.get(from) ?? []).some((next) => reaches(next, to, seen));
    };
    const node = fc.integer({ min: 0, max: tasks.length - 1 });
    const change = fc.record({ of: node, on: fc.uniqueArray(node, { maxLength: 3 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
        for (const { of, on } of changes) {
          const isCircle = on.some((other) => reaches(other, of));
          const attempt = waitFor(tasks[of] as Task, ...on.map((index) => tasks[index] as Task));
          if (isCircle) await expect(attempt).rejects.toMatchObject({ code: 'validation_failed' });
          else {
            await attempt;
            edges.set(of, on);
          }
        }
      }),
      { numRuns: 15 },
    );
    for (const task of tasks)
      expect((await loadTask(tenant.context, scope, task.id, 'tasks:read')).state).toBe('queued');
  });
});
