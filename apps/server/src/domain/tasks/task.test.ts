import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApp, type Tenant, type TestApp } from '../../testing/test-app.ts';
import type { Agent } from '../agents/index.ts';
import type { Office } from '../offices/index.ts';
import {
  acceptTask,
  blockTask,
  cancelTask,
  claimNextTask,
  claimTask,
  completeTask,
  createTask,
  deleteTask,
  expireTaskLeases,
  failTask,
  listTasks,
  loadTask,
  nextState,
  rejectTask,
  releaseTask,
  reopenTask,
  type Task,
  type TaskAction,
  type TaskScope,
  taskActions,
  taskStates,
  taskStats,
} from './index.ts';

let test: TestApp;
let tenant: Tenant;
let office: Office;
let agents: Agent[];
let scope: TaskScope;

beforeAll(async () => {
  test = await openTestApp({ manualClock: true });
  tenant = await test.newTenant('tasks');
  ({ office, agents } = await test.newOffice(tenant, 'aria', 'bo'));
  scope = { organizationId: tenant.organizationId, officeId: office.id };
});
afterAll(() => test.close());

const file = (title: string, more: object = {}) =>
  createTask(tenant.context, office.id, { title, ...more }).then((created) => created.task);
const done = { result: 'finished', evidence: {} };

describe('the state machine', () => {
  it('reaches only states that the table knows, and refuses every other action with what is possible', () => {
    for (const state of taskStates) {
      for (const action of taskActions(state)) expect(taskStates).toContain(nextState(state, action));
    }
    expect(() => nextState('done', 'claim')).toThrowError(
      expect.objectContaining({
        code: 'invalid_transition',
        detail: { state: 'done', action: 'claim', possible: ['reopen'] },
      }),
    );
  });

  it('stays true to the table under any sequence of actions', async () => {
    const actions: TaskAction[] = [
      'claim',
      'release',
      'submit',
      'complete',
      'fail',
      'block',
      'unblock',
      'accept',
      'reject',
      'cancel',
      'reopen',
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...actions), { maxLength: 12 }),
        fc.boolean(),
        async (sequence, reviewRequired) => {
          let task = await file('any', { reviewRequired });
          for (const action of sequence) {
            // What the same action means depends on the task: a completed one is submitted when somebody has to look.
            const effective =
              (action === 'complete' || action === 'submit') && reviewRequired
                ? 'submit'
                : action === 'submit'
                  ? 'complete'
                  : action;
            const allowed = taskActions(task.state).includes(effective);
            const before = task;
            try {
              task = await act(task, action);
              expect(allowed).toBe(true);
              const isBroken = task.state === 'blocked' && ['claim', 'release', 'reject'].includes(action);
              if (!isBroken) expect(task.state).toBe(nextState(before.state, effective));
            } catch (error) {
              expect(error).toMatchObject({
                code: expect.stringMatching(/^(invalid_transition|stale_fence|conflict)$/),
              });
              task = await loadTask(tenant.context, scope, task.id, 'tasks:read');
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  function act(task: Task, action: TaskAction): Promise<Task> {
    const { context } = tenant;
    switch (action) {
      case 'claim':
        return claimTask(context, scope, task.id, `worker-${Math.random()}`).then((claim) => claim.task);
      case 'release':
        return releaseTask(context, scope, task.id, task.claim_fence);
      case 'submit':
      case 'complete':
        return completeTask(context, scope, task.id, task.claim_fence, { ...done, result: `r${Math.random()}` });
      case 'fail':
        return failTask(context, scope, task.id, task.claim_fence, { code: 'tool_failed', reason: 'no' });
      case 'block':
        return blockTask(context, scope, task.id, 'waits');
      case 'accept':
        return acceptTask(context, scope, task.id, 'good');
      case 'reject':
        return rejectTask(context, scope, task.id, 'not good');
      case 'cancel':
        return cancelTask(context, scope, task.id);
      case 'unblock':
        if (task.state !== 'blocked') return Promise.reject(Object.assign(new Error(), { code: 'invalid_transition' }));
        return reopenTask(context, scope, task.id);
      case 'reopen':
        if (task.state === 'blocked') return Promise.reject(Object.assign(new Error(), { code: 'invalid_transition' }));
        return reopenTask(context, scope, task.id);
    }
  }
});

describe('claims', () => {
  it('give a task to exactly one of many who claim it at once', async () => {
    const task = await file('contended');
    const claims = await Promise.allSettled(
      Array.from({ length: 12 }, (_, index) => claimTask(tenant.context, scope, task.id, `worker-${index}`)),
    );
    expect(claims.filter((claim) => claim.status === 'fulfilled')).toHaveLength(1);
    for (const claim of claims) if (claim.status === 'rejected') expect(claim.reason.status).toBe(409);
  });

  it('never hand out a finished, cancelled or deleted task', async () => {
    const finished = await file('finished one', { assignee: 'aria' });
    const { fence } = await claimTask(tenant.context, scope, finished.id, 'w');
    await completeTask(tenant.context, scope, finished.id, fence, done);
    const cancelled = await file('cancelled one', { assignee: 'aria' });
    await cancelTask(tenant.context, scope, cancelled.id);
    const deleted = await file('deleted one', { assignee: 'aria' });
    await deleteTask(tenant.context, scope, deleted.id);
    for (const task of [finished, cancelled])
      await expect(claimTask(tenant.context, scope, task.id, 'w')).rejects.toMatchObject({
        code: 'invalid_transition',
      });
    await expect(claimTask(tenant.context, scope, deleted.id, 'w')).rejects.toMatchObject({ code: 'not_found' });
    expect(await claimNextTask(tenant.context, scope, [agents[0]?.id ?? ''], 'w')).toBeUndefined();
  });

  it('refuse every write under a fence that was overtaken', async () => {
    const task = await file('overtaken');
    const first = await claimTask(tenant.context, scope, task.id, 'slow');
    test.clock?.advance(test.house.limits.taskLeaseMs + 1);
    expect(await expireTaskLeases(test.system)).toBeGreaterThan(0);
    const second = await claimTask(tenant.context, scope, task.id, 'quick');
    await expect(completeTask(tenant.context, scope, task.id, first.fence, done)).rejects.toMatchObject({
      code: 'stale_fence',
    });
    expect((await completeTask(tenant.context, scope, task.id, second.fence, done)).state).toBe('done');
  });

  it('let the owner claim again after a crash without counting another attempt', async () => {
    const task = await file('resumed');
    const first = await claimTask(tenant.context, scope, task.id, 'run:1');
    const again = await claimTask(tenant.context, scope, task.id, 'run:1');
    expect(again.task.attempts).toBe(1);
    expect(again.fence).toBeGreaterThan(first.fence);
  });

  it('open the circuit after too many attempts without a result, and say why', async () => {
    const task = await file('hopeless');
    for (let attempt = 0; attempt < test.house.limits.taskAttemptsMax; attempt++) {
      const { fence } = await claimTask(tenant.context, scope, task.id, `w${attempt}`);
      await releaseTask(tenant.context, scope, task.id, fence);
    }
    const blocked = await loadTask(tenant.context, scope, task.id, 'tasks:read');
    expect(blocked).toMatchObject({
      state: 'blocked',
      failure_code: 'circuit_open',
      blocked_reason: expect.stringContaining('Claimed 5 times'),
    });
    expect((await reopenTask(tenant.context, scope, task.id)).attempts).toBe(0);
  });

  it('take the most urgent, then the oldest', async () => {
    const { office: quiet } = await test.newOffice(tenant);
    const here = { organizationId: tenant.organizationId, officeId: quiet.id };
    for (const [title, priority] of [
      ['later', 90],
      ['soon', 10],
      ['soon too', 10],
    ] as const)
      await createTask(tenant.context, quiet.id, { title, priority });
    const titles: (string | undefined)[] = [];
    for (let round = 0; round < 4; round++)
      titles.push((await claimNextTask(tenant.context, here, undefined, 'w'))?.task.title);
    expect(titles).toEqual(['soon', 'soon too', 'later', undefined]);
  });
});

describe('completion', () => {
  it('answers a repeated completion under the same fence with the stored row', async () => {
    const task = await file('twice');
    const { fence } = await claimTask(tenant.context, scope, task.id, 'w');
    const first = await completeTask(tenant.context, scope, task.id, fence, done);
    expect(await completeTask(tenant.context, scope, task.id, fence, done)).toEqual(first);
  });

  it('is refused without a result, and says machine-readably what is missing', async () => {
    const task = await file('no proof', { verificationType: 'file_exists' });
    const { fence } = await claimTask(tenant.context, scope, task.id, 'w');
    await expect(
      completeTask(tenant.context, scope, task.id, fence, {
        result: '',
        evidence: { files: [{ name: 'nowhere.md' }] },
      }),
    ).rejects.toMatchObject({
      code: 'evidence_rejected',
      detail: {
        verification_type: 'file_exists',
        missing: [{ field: 'result' }, { field: 'evidence.files[0]' }],
        example: expect.anything(),
      },
    });
    expect((await loadTask(tenant.context, scope, task.id, 'tasks:read')).state).toBe('claimed');
  });

  it('waits for subtasks', async () => {
    const parent = await file('parent');
    const child = await file('child', { parent: parent.id });
    const { fence } = await claimTask(tenant.context, scope, parent.id, 'w');
    await expect(completeTask(tenant.context, scope, parent.id, fence, done)).rejects.toMatchObject({
      code: 'invalid_transition',
      detail: { open_subtask: child.number },
    });
    const claimed = await claimTask(tenant.context, scope, child.id, 'w2');
    await completeTask(tenant.context, scope, child.id, claimed.fence, done);
    expect((await completeTask(tenant.context, scope, parent.id, fence, done)).state).toBe('done');
  });
});

describe('dependencies', () => {
  it('hold a task until what it waits for is done, then queue its run', async () => {
    const first = await file('first', { assignee: 'aria' });
    const second = await file('second', { assignee: 'bo', dependsOn: [first.id] });
    const runsOf = () =>
      test.house.engine.db.selectFrom('runs').select('id').where('cause_id', 'like', `${second.id}/%`).execute();
    await expect(claimTask(tenant.context, scope, second.id, 'w')).rejects.toMatchObject({ code: 'conflict' });
    expect(await runsOf()).toHaveLength(0);
    const { fence } = await claimTask(tenant.context, scope, first.id, 'w');
    await completeTask(tenant.context, scope, first.id, fence, done);
    expect(await runsOf()).toHaveLength(1);
    await claimTask(tenant.context, scope, second.id, 'w');
  });

  it('block a task when what it waits for fails or is cancelled', async () => {
    const first = await file('will fail');
    const second = await file('waits', { dependsOn: [String(first.number)] });
    const { fence } = await claimTask(tenant.context, scope, first.id, 'w');
    await failTask(tenant.context, scope, first.id, fence, { code: 'tool_failed', reason: 'broken' });
    expect(await loadTask(tenant.context, scope, second.id, 'tasks:read')).toMatchObject({
      state: 'blocked',
      blocked_reason: expect.stringContaining('is failed'),
    });
    const late = await file('late', { dependsOn: [first.id] });
    expect(late.state).toBe('blocked');
  });
});

describe('review', () => {
  it('is decided by the reviewer or a person, never by the one who did the work', async () => {
    const task = await file('reviewed', { assignee: 'aria', reviewer: 'bo' });
    const [aria, bo] = await Promise.all(agents.map((agent) => test.asAgent(agent)));
    if (aria === undefined || bo === undefined) throw new Error('two agents were hired');
    const { fence } = await claimTask(aria, scope, task.id, 'w');
    expect((await completeTask(aria, scope, task.id, fence, done)).state).toBe('review');
    await expect(acceptTask(aria, scope, task.id, 'fine')).rejects.toMatchObject({ status: 403 });
    expect((await acceptTask(bo, scope, task.id, 'checked')).state).toBe('done');
    await expect(file('self', { assignee: 'aria', reviewer: 'aria' })).rejects.toMatchObject({
      code: 'validation_failed',
      detail: { field: 'reviewer' },
    });
  });

  it('blocks a task that is rejected again and again', async () => {
    const task = await file('never good', { reviewRequired: true });
    for (let round = 0; round < test.house.limits.taskRejectionsMax; round++) {
      const { fence } = await claimTask(tenant.context, scope, task.id, `w${round}`);
      await completeTask(tenant.context, scope, task.id, fence, done);
      await rejectTask(tenant.context, scope, task.id, 'still wrong');
    }
    expect(await loadTask(tenant.context, scope, task.id, 'tasks:read')).toMatchObject({
      state: 'blocked',
      failure_code: 'rejected',
    });
  });
});

describe('lists', () => {
  it('page by keyset without a gap or a repeat while tasks are added', async () => {
    const { office: full } = await test.newOffice(tenant);
    const here = { organizationId: tenant.organizationId, officeId: full.id };
    for (let index = 0; index < 25; index++) await createTask(tenant.context, full.id, { title: `task ${index}` });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listTasks(tenant.context, here, {}, { limit: 7, cursor });
      seen.push(...page.items.map((task) => task.title));
      await createTask(tenant.context, full.id, { title: 'added meanwhile' });
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => `task ${24 - index}`));
    expect((await taskStats(tenant.context, here)).total).toBe(29);
  });

  it('answer a title that is open with the open task when asked to', async () => {
    const first = await createTask(tenant.context, office.id, { title: 'Fix the Login bug!', deduplicate: true });
    const second = await createTask(tenant.context, office.id, { title: 'fix the login  bug', deduplicate: true });
    expect(second).toMatchObject({ deduplicated: true, task: { id: first.task.id } });
  });
});
