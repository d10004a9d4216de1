import { ApiClient, eventually, type ModelServer, openModelServer, type ScriptedAnswer } from '@guildhall/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkLedger } from '../domain/credits/index.ts';
import { openTestApp, type Tenant, type TestApp } from '../testing/test-app.ts';

/** A model whose answers come when the test says so. */
class HeldModel {
  asked = 0;
  #release: (() => void)[] = [];
  #isOpen = false;

  answer = async (): Promise<ScriptedAnswer> => {
    this.asked += 1;
    if (!this.#isOpen) await new Promise<void>((resolve) => this.#release.push(resolve));
    return { text: 'Here I am.', usage: { inputTokens: 10_000, outputTokens: 1_000 } };
  };

  open(): void {
    this.#isOpen = true;
    for (const release of this.#release.splice(0)) release();
  }

  close(): void {
    this.#isOpen = false;
  }
}

const held = new HeldModel();
let model: ModelServer;
let test: TestApp;
let api: ApiClient;
let tenant: Tenant;

beforeAll(async () => {
  model = await openModelServer(() => held.answer());
  test = await openTestApp({
    supervise: true,
    environment: { ANTHROPIC_API_KEY: 'secret', ANTHROPIC_BASE_URL: model.anthropicUrl, GUILDHALL_RUN_SECONDS: '2' },
  });
  api = await ApiClient.open(test.url, '/api/v1/openapi.json');
  tenant = await test.newTenant('switch');
});
afterAll(async () => {
  held.open();
  await test.close();
  await model.close();
});

const call = (method: string, path: string, body?: unknown, key = tenant.key) =>
  api.call(method, path, { key, ...(body === undefined ? {} : { body }) });

async function newOffice(...names: string[]) {
  const { office } = await test.newOffice(tenant);
  const base = `/api/v1/offices/${office.id}`;
  for (const name of names) await call('POST', `${base}/employees`, { name, modelTier: 'haiku' });
  const say = (to: string, content = 'are you there?') => call('POST', `${base}/messages/send`, { to, content });
  const runs = async (status: string) => (await call('GET', `${base}/runs?status=${status}`)).body as { id: string }[];
  const count = (status: string, wanted: number) =>
    eventually(`${wanted} runs to be ${status}`, async () =>
      (await runs(status)).length === wanted ? true : undefined,
    );
  return { base, office, say, runs, count };
}

describe('the kill switch', () => {
  it('takes the work of a suspended office from its workers, starts none, and lets it go on where it was', async () => {
    held.close();
    const { base, say, count } = await newOffice('aria');
    await say('aria');
    await count('running', 1);
    const suspended = await call('POST', `${base}/suspend`, { note: 'too expensive' });
    expect(suspended).toMatchObject({ status: 200, body: { status: 'suspended' } });
    await count('queued', 1);
    held.open();
    await say('aria', 'and now?');
    expect((await call('GET', `${base}/status`)).body).toMatchObject({ phase: 'degraded', runs: { running: 0 } });
    await count('queued', 2);
    expect((await call('POST', `${base}/resume`)).body).toMatchObject({ status: 'active' });
    await count('succeeded', 2);
    expect(await checkLedger(test.system)).toEqual([]);
  });

  it('stops the whole house for its operator only, and every process sees it at its next claim', async () => {
    held.close();
    const { say, count, runs } = await newOffice('bo');
    await say('bo');
    await count('running', 1);
    expect((await call('POST', '/api/v1/house/pause', {})).status).toBe(403);
    const paused = await call('POST', '/api/v1/house/pause', { note: 'a drill' }, test.owner.key);
    expect(paused).toMatchObject({ status: 200, body: { paused: true, note: 'a drill' } });
    await count('queued', 1);
    held.open();
    expect((await call('GET', '/api/v1/house', undefined, test.owner.key)).body).toMatchObject({ paused: true });
    expect(await runs('running')).toEqual([]);
    expect((await call('POST', '/api/v1/house/resume', undefined, test.owner.key)).body).toMatchObject({
      paused: false,
    });
    await count('succeeded', 1);
  });

  it('stops one agent while its colleagues work on', async () => {
    held.open();
    const { base, say, count } = await newOffice('cy', 'di');
    const stopped = await call('POST', `${base}/employees/cy/action`, { action: 'stop' });
    expect(stopped).toMatchObject({ status: 200, body: { status: { phase: 'stopped', ready: false } } });
    await say('cy');
    await say('di');
    await count('succeeded', 1);
    await count('queued', 1);
    await call('POST', `${base}/employees/cy/action`, { action: 'start' });
    await count('succeeded', 2);
    expect((await call('POST', `${base}/employees/cy/action`, { action: 'explode' })).status).toBe(400);
  });
});

describe('limits of work', () => {
  it('no more runs of an office at once than it allows', async () => {
    held.close();
    const { base, say, count, runs } = await newOffice('ed', 'fay', 'gil');
    await call('PATCH', `${base}/settings`, { run_concurrency: 1 });
    for (const name of ['ed', 'fay', 'gil']) await say(name);
    await count('running', 1);
    expect(await runs('queued')).toHaveLength(2);
    await call('PATCH', `${base}/settings`, { run_concurrency: 2 });
    await count('running', 2);
    expect(await runs('queued')).toHaveLength(1);
    held.open();
    await count('succeeded', 3);
  });

  it('a run that works too long ends with a name, and its agent says so', async () => {
    held.close();
    const { base, say, count } = await newOffice('hal');
    await say('hal');
    await count('failed', 1);
    const [run] = (await call('GET', `${base}/runs?status=failed`)).body;
    expect(run).toMatchObject({
      failure: { code: 'time_limit', mend: expect.stringContaining('GUILDHALL_RUN_SECONDS') },
    });
    held.open();
  });
});

it('what models cost is told by agent, model and day, and adds up to what the runs cost', async () => {
  held.open();
  const { base, say, count } = await newOffice('ira', 'jo');
  await say('ira');
  await say('jo');
  await count('succeeded', 2);
  const runs = (await call('GET', `${base}/runs`)).body as { cost_credits: number }[];
  const cost = runs.reduce((total, run) => total + run.cost_credits, 0);
  for (const by of ['agent', 'model', 'day']) {
    const rows = (await call('GET', `${base}/usage/llm?by=${by}`)).body as { key: string; total_cost: number }[];
    expect(rows.map((row) => row.key)).toHaveLength(by === 'agent' ? 2 : 1);
    expect(rows.reduce((total, row) => total + row.total_cost, 0)).toBeCloseTo(cost, 9);
  }
  expect((await call('GET', `${base}/usage/llm/summary`)).body).toMatchObject({ total_tokens: 22_000 });
  // The books count in whole cents of a credit.
  const history = (await call('GET', `${base}/credits/history`)).body as { amount: number }[];
  const charged = history.reduce((sum, { amount }) => sum + Math.max(0, -amount), 0);
  expect(charged).toBeGreaterThanOrEqual(cost);
  expect((await call('GET', `${base}/usage/summary`)).body).toMatchObject({
    total_credits: expect.closeTo(charged, 9),
  });
  expect((await call('GET', `${base}/employees/ira/usage`)).body).toMatchObject({
    agent: 'ira',
    total_credits: expect.closeTo(charged / 2, 9),
    models: [{ calls: 1, input_tokens: 10_000, output_tokens: 1_000 }],
  });
  expect((await call('GET', `${base}/usage?from=rubbish`)).status).toBe(400);
  expect((await call('GET', `${base}/usage?from=2020-01-01&to=2026-01-01`)).status).toBe(400);
});

it('one list says what needs a person, page by page', async () => {
  held.open();
  const { base } = await newOffice('kim');
  for (let index = 0; index < 3; index++)
    await call('POST', `${base}/tasks`, { title: `check invoice number ${index}`, assigned_to: 'kim' });
  // The model answers with words only: a task that ends so is blocked, with the reason.
  await eventually('three blocked tasks', async () => {
    const { body } = await call('GET', `${base}/attention`);
    return body.length === 3 ? true : undefined;
  });
  await call('POST', `${base}/tasks`, { title: 'look at this one later', assigned_to: 'kim' });
  const all = await eventually('four blocked tasks', async () => {
    const { body } = await call('GET', `${base}/attention`);
    return body.length === 4 ? (body as { id: string; kind: string; agent: string; reason: string }[]) : undefined;
  });
  expect(all[0]).toMatchObject({ kind: 'blocked', agent: 'kim', title: expect.stringContaining('look at this one') });
  const first = await call('GET', `${base}/attention?limit=2`);
  const cursor = first.headers.get('x-next-cursor');
  const second = await call('GET', `${base}/attention?limit=2&cursor=${cursor}`);
  expect([...first.body, ...second.body]).toEqual(all);
});
