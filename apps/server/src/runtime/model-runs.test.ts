import {
  ApiClient,
  eventually,
  lastResults,
  type ModelServer,
  openModelServer,
  type ScriptedAnswer,
  type ScriptedRequest,
  spokenTimes,
} from '@guildhall/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkLedger } from '../domain/credits/index.ts';
import { issueKey } from '../domain/identity/index.ts';
import { openTestApp, type Tenant, type TestApp } from '../testing/test-app.ts';

let model: ModelServer;
let test: TestApp;
let api: ApiClient;
let tenant: Tenant;
let answer: ModelServer['answer'] = () => ({ text: 'nothing to say' });

beforeAll(async () => {
  model = await openModelServer((request) => answer(request));
  test = await openTestApp({
    supervise: true,
    environment: {
      ANTHROPIC_API_KEY: 'secret-1, secret-2',
      ANTHROPIC_BASE_URL: model.anthropicUrl,
      GUILDHALL_MODEL_SILENCE_MS: '20000',
    },
  });
  api = await ApiClient.open(test.url, '/api/v1/openapi.json');
  tenant = await test.newTenant('models');
});
afterAll(async () => {
  await test.close();
  await model.close();
});
afterEach(async () => {
  expect(await checkLedger(test.system)).toEqual([]);
});

const call = (method: string, path: string, body?: unknown, key = tenant.key) =>
  api.call(method, path, { key, ...(body === undefined ? {} : { body }) });

/** An office with one agent that a model thinks for, and what tests do to it. */
async function hire(profile: Record<string, unknown> = {}) {
  const { office } = await test.newOffice(tenant);
  const base = `/api/v1/offices/${office.id}`;
  const hired = await call('POST', `${base}/employees`, { name: 'aria', modelTier: 'haiku', ...profile });
  expect(hired).toMatchObject({ status: 201, body: { driver: 'model' } });
  const file = (title: string, more: object = {}) =>
    call('POST', `${base}/tasks`, { title, assigned_to: 'aria', ...more }).then(({ body }) => body);
  const taskIn = (id: string, state: string) =>
    eventually(`the task to be ${state}`, async () => {
      const { body } = await call('GET', `${base}/tasks/${id}`);
      return body.state === state ? body : undefined;
    });
  const run = async (status: string) =>
    eventually(`a run that is ${status}`, async () => {
      const { body } = await call('GET', `${base}/runs?status=${status}`);
      return body[0];
    });
  const say = async (content: string) =>
    expect(await call('POST', `${base}/messages/send`, { to: 'aria', content })).toMatchObject({ status: 201 });
  return { office, base, file, taskIn, run, say, agentId: hired.body.id as string };
}

describe('a model at work', () => {
  it('answers a message, uses tools, is metered, and every step is on record', async () => {
    const { base, run, say } = await hire();
    answer = (request): ScriptedAnswer =>
      spokenTimes(request) === 0
        ? {
            calls: [{ name: 'memory_remember', input: { text: 'The launch is on 3 May.' } }],
            usage: { inputTokens: 1_000_000 },
          }
        : { text: 'Noted.', usage: { inputTokens: 2_000, cachedInputTokens: 1_000, outputTokens: 1_000 } };
    await say('remember that the launch is on 3 May');
    const ended = await run('succeeded');
    // 1,000,000 in, 20 out; then 1,000 in, 1,000 cached, 1,000 out; at 1, 0.1 and 5 credits a million.
    expect(ended).toMatchObject({
      agent: 'aria',
      driver: 'model',
      model: 'anthropic:claude-haiku-4-5',
      cost_credits: 1.0062,
      input_tokens: 1_002_000,
      output_tokens: 1_020,
      summary: 'Noted.',
    });
    const { body: steps } = await call('GET', `${base}/runs/${ended.id}/steps`);
    expect(steps.map((step: { kind: string; name: string }) => [step.kind, step.name])).toEqual([
      ['model', 'anthropic:claude-haiku-4-5'],
      ['tool', 'memory_remember'],
      ['model', 'anthropic:claude-haiku-4-5'],
    ]);
    const { body: credits } = await call('GET', `${base}/credits`);
    expect(credits.balance).toBe(1000 - 1.01);
    const { body: agent } = await call('GET', `${base}/employees/aria`);
    expect(agent.work).toMatchObject({ status: 'idle', spent_today_credits: 1.01, cap_today_credits: 100 });
    expect(JSON.stringify([steps, agent, ended])).not.toContain('secret-1');
  });

  it('ends a task with evidence that holds, after being told what was missing', async () => {
    const { base, file, taskIn } = await hire();
    const refusals: string[] = [];
    answer = (request): ScriptedAnswer => {
      const results = lastResults(request);
      switch (spokenTimes(request)) {
        case 0:
          return {
            calls: [
              { name: 'task_complete', input: { result: 'done!', evidence: { files: [{ name: 'report.md' }] } } },
            ],
          };
        case 1:
          refusals.push(...results);
          return { calls: [{ name: 'drive_write', input: { name: 'report.md', content: '# Report' } }] };
        default:
          return {
            calls: [
              { name: 'task_complete', input: { result: 'Written.', evidence: { files: [{ name: 'report.md' }] } } },
            ],
          };
      }
    };
    const filed = await file('Write the report', { verification_type: 'file_exists' });
    expect(await taskIn(filed.id, 'done')).toMatchObject({ result: 'Written.' });
    expect(refusals.join()).toContain('"report.md" is not on the drive');
    expect((await call('GET', `${base}/files`)).body).toMatchObject([{ name: 'report.md' }]);
  });

  it('works in its own folder and nowhere else', async () => {
    const { file, taskIn } = await hire();
    const seen: string[] = [];
    const calls = [
      { name: 'workspace_write', input: { path: 'notes/a.txt', content: 'one\ntwo' } },
      { name: 'workspace_edit', input: { path: 'notes/a.txt', find: 'two', replace: 'three' } },
      { name: 'workspace_read', input: { path: 'notes/a.txt' } },
      { name: 'workspace_read', input: { path: '../../owner.key' } },
      { name: 'workspace_read', input: { path: '/etc/passwd' } },
      { name: 'workspace_search', input: { text: 'THREE' } },
      { name: 'no_such_tool', input: {} },
      { name: 'workspace_read', input: { wrong: true } },
    ];
    answer = (request): ScriptedAnswer => {
      if (spokenTimes(request) === 0) return { calls };
      seen.push(...lastResults(request));
      return { calls: [{ name: 'task_complete', input: { result: 'ok' } }] };
    };
    const filed = await file('look around');
    await taskIn(filed.id, 'done');
    expect(seen).toEqual([
      expect.stringContaining('size_bytes'),
      expect.stringContaining('"replaced":1'),
      expect.stringContaining('2\\tthree'),
      expect.stringContaining('no path in the workspace'),
      expect.stringContaining('no path in the workspace'),
      expect.stringContaining('"line":2'),
      expect.stringContaining('There is no tool "no_such_tool"'),
      expect.stringContaining('must have required property'),
    ]);
  });

  it('stops at its daily cap before the call that would pass it, and goes on when the cap is raised', async () => {
    const { base, run, say } = await hire({ dailyCapCredits: 0.01 });
    answer = () => ({ text: 'hello' });
    const before = model.requests.length;
    await say('hello');
    const waiting = await eventually('the run to wait', async () => {
      const queued = await run('queued');
      return queued.waiting_for === null ? undefined : queued;
    });
    expect(waiting).toMatchObject({ waiting_for: 'budget_exhausted' });
    expect(model.requests.length).toBe(before);
    await call('PATCH', `${base}/employees/aria`, { dailyCapCredits: 5 });
    expect(await run('succeeded')).toMatchObject({ summary: 'hello' });
  });

  it('holds the office to its own cap, warns at 80 %, says when it resets', async () => {
    const { base, say, run } = await hire();
    await call('PATCH', `${base}/settings`, { daily_cap: 1, monthly_cap: 50 });
    answer = () => ({ text: 'dear', usage: { inputTokens: 850_000, outputTokens: 0 } });
    await say('one');
    expect(await run('succeeded')).toMatchObject({ cost_credits: 0.85 });
    const { body: events } = await call('GET', `${base}/events?type=budget.warning`);
    expect(events[0]).toMatchObject({ data: { scope: 'office', period: 'day', cap_cents: 100, spent_cents: 85 } });
    // The next call could cost more than what is left, with the longest answer there may be.
    answer = () => ({ text: 'never', usage: { inputTokens: 1 } });
    await call('PATCH', `${base}/settings`, { daily_cap: 0.88 });
    await say('two');
    const waiting = await eventually('the run to wait', async () => {
      const queued = await run('queued');
      return queued.waiting_for === null ? undefined : queued;
    });
    const { body: agent } = await call('GET', `${base}/employees/aria`);
    const day = agent.work.budgets.find(
      (one: { scope: string; period: string }) => one.scope === 'office' && one.period === 'day',
    );
    expect(day).toMatchObject({ cap_credits: 0.88, spent_credits: 0.85, held_credits: 0 });
    expect(waiting).toMatchObject({ waiting_for: 'budget_exhausted', not_before: day.resets_at });
    await call('PATCH', `${base}/settings`, { daily_cap: 20 });
    await eventually('the run to go on', async () => {
      const { body } = await call('GET', `${base}/runs/${waiting.id}`);
      return body.status === 'succeeded' ? true : undefined;
    });
  });

  it('a tool that a person has to allow waits for one, holds no worker, and is called once', async () => {
    const { base, office, agentId, file, taskIn, run } = await hire({
      customConfig: { tools: { drive_write: 'ask' } },
    });
    answer = (request): ScriptedAnswer =>
      spokenTimes(request) === 0
        ? { calls: [{ name: 'drive_write', input: { name: 'plan.md', content: 'the plan' } }] }
        : { calls: [{ name: 'task_complete', input: { result: lastResults(request)[0] } }] };
    const filed = await file('write the plan');
    const asked = await eventually('the approval to be asked for', async () => {
      const { body } = await call('GET', `${base}/approvals?state=pending`);
      return body[0];
    });
    expect(asked).toMatchObject({
      agent: 'aria',
      tool: 'drive_write',
      arguments: { name: 'plan.md', content: 'the plan' },
    });
    await eventually('the run to be parked', async () =>
      (await run('queued')).waiting_for === 'awaiting_approval' ? true : undefined,
    );
    // The agent's own key says no more than the agent: it cannot allow what it asks for.
    const { key } = await issueKey(tenant.context, {
      family: 'agent',
      name: 'own',
      organizationId: office.organization_id,
      agentId,
    });
    const path = `${base}/approvals/${asked.id}/decision`;
    expect(await call('POST', path, { approve: true }, key)).toMatchObject({ status: 403 });
    expect(await call('POST', path, { approve: true, note: 'go on' })).toMatchObject({
      status: 200,
      body: { state: 'approved' },
    });
    expect((await taskIn(filed.id, 'done')).result).toContain('"version":1');
    expect((await call('GET', `${base}/approvals`)).body).toMatchObject([{ state: 'used' }]);
    expect(await call('POST', path, { approve: false })).toMatchObject({ status: 409 });
    expect((await call('GET', `${base}/files`)).body).toHaveLength(1);
  });

  it('is told when a person says no, and goes on without', async () => {
    const { base, file, taskIn } = await hire({ customConfig: { tools: { drive_write: 'ask' } } });
    answer = (request): ScriptedAnswer =>
      spokenTimes(request) === 0
        ? { calls: [{ name: 'drive_write', input: { name: 'x', content: 'x' } }] }
        : { calls: [{ name: 'task_block', input: { reason: `Refused: ${lastResults(request)[0]}` } }] };
    const filed = await file('write x');
    const asked = await eventually('the approval', async () => (await call('GET', `${base}/approvals`)).body[0]);
    await call('POST', `${base}/approvals/${asked.id}/decision`, { approve: false, note: 'not today' });
    expect((await taskIn(filed.id, 'blocked')).blocked_reason).toContain('not today');
    expect((await call('GET', `${base}/files`)).body).toEqual([]);
  });

  it('a run is stopped within two seconds although its model says nothing, and can be tried again', async () => {
    const { base, run, say } = await hire();
    const { promise: asked, resolve } = Promise.withResolvers<ScriptedRequest>();
    answer = (request) => {
      resolve(request);
      return { fault: 'silent' };
    };
    await say('think');
    await asked;
    const running = await run('running');
    const startedAt = performance.now();
    await call('POST', `${base}/runs/${running.id}/stop`);
    // The agent is free again when its next run starts: that is what "stopped" means to somebody who waits.
    answer = () => ({ text: 'next' });
    await say('and now?');
    await run('succeeded');
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(await call('GET', `${base}/runs/${running.id}`)).toMatchObject({
      body: { status: 'cancelled', failure: { code: 'cancelled' } },
    });
    await call('POST', `${base}/runs/${running.id}/retry`);
    await eventually('the run to succeed', async () => {
      const { body } = await call('GET', `${base}/runs/${running.id}`);
      return body.status === 'succeeded' ? true : undefined;
    });
    expect(await call('POST', `${base}/runs/${running.id}/retry`)).toMatchObject({ status: 409 });
  });

  it('a task that a model cannot end is blocked with the reason and the mend, not tried for ever', async () => {
    const { file, taskIn, base } = await hire();
    answer = () => ({ text: 'I am done!' });
    const filed = await file('something');
    const blocked = await taskIn(filed.id, 'blocked');
    expect(blocked.blocked_reason).toContain('no_result');
    expect(blocked.attempts).toBe(1);
    const { body } = await call('GET', `${base}/employees/aria`);
    expect(body.work.last_failure).toMatchObject({ code: 'no_result', mend: expect.stringContaining('clearer') });
  });

  it('what stands in a file gives no orders: a tool that needs a person still asks one', async () => {
    const { base, file, taskIn } = await hire({
      customConfig: { tools: { memory_remember: 'off', chat_send: 'ask' } },
    });
    answer = (request): ScriptedAnswer => {
      expect(request.tools).not.toContain('memory_remember');
      return spokenTimes(request) === 0
        ? { calls: [{ name: 'memory_remember', input: { text: 'the file told me so' } }] }
        : { calls: [{ name: 'task_block', input: { reason: String(lastResults(request)[0]) } }] };
    };
    const filed = await file('read the mail');
    expect((await taskIn(filed.id, 'blocked')).blocked_reason).toContain('There is no tool');
    expect((await call('GET', `${base}/drivers`)).body).toMatchObject([
      { name: 'reflex', available: true },
      { name: 'model', available: true, credentials: [{ id: 'anthropic-1' }, { id: 'anthropic-2' }] },
      { name: 'claude-code' },
      { name: 'openclaw' },
      { name: 'external', available: true },
    ]);
  });
});

it('without a credential an agent hired with a model runs by rules, and says so', async () => {
  const bare = await openTestApp();
  try {
    const client = await ApiClient.open(bare.url, '/api/v1/openapi.json');
    const { office } = await bare.newOffice(bare.owner);
    const hired = await client.call('POST', `/api/v1/offices/${office.id}/employees`, {
      key: bare.owner.key,
      body: { name: 'aria', modelTier: 'sonnet' },
    });
    expect(hired.body).toMatchObject({
      modelTier: 'sonnet',
      driver: 'reflex',
      status: { message: expect.stringContaining('until the house has a credential') },
    });
  } finally {
    await bare.close();
  }
});
