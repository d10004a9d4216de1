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
import { loadAgent } from '../domain/agents/index.ts';
import { checkLedger } from '../domain/credits/index.ts';
import { issueKey } from '../domain/identity/index.ts';
import { openTestApp, type Tenant, type TestApp } from '../testing/test-app.ts';

let model: ModelServer;
let test: TestApp;
let api: ApiClient;
let tenant: Tenant;
let answer: (request: ScriptedRequest) => ScriptedAnswer = () => ({ text: 'ok' });

beforeAll(async () => {
  model = await openModelServer((request) => answer(request));
  test = await openTestApp({
    supervise: true,
    manualClock: true,
    environment: {
      ANTHROPIC_API_KEY: 'secret',
      ANTHROPIC_BASE_URL: model.anthropicUrl,
      GUILDHALL_RUN_STEPS: '4',
    },
  });
  api = await ApiClient.open(test.url, '/api/v1/openapi.json');
  tenant = await test.newTenant('audit');
});
afterAll(async () => {
  await test.close();
  await model.close();
});
afterEach(async () => {
  expect(await checkLedger(test.system)).toEqual([]);
});

async function hire(settings: object = {}, profile: object = {}) {
  const { office } = await test.newOffice(tenant);
  const base = `/api/v1/offices/${office.id}`;
  const call = (method: string, path: string, body?: unknown, key = tenant.key) =>
    api.call(method, base + path, { key, ...(body === undefined ? {} : { body }) });
  await call('PATCH', '/settings', settings);
  const hired = await call('POST', '/employees', { name: 'aria', modelTier: 'haiku', ...profile });
  expect(hired.status).toBe(201);
  const run = (status: string) =>
    eventually(`a run that is ${status}`, async () => (await call('GET', `/runs?status=${status}`)).body[0]);
  const task = (id: string, state: string) =>
    eventually(`the task to be ${state}`, async () => {
      const { body } = await call('GET', `/tasks/${id}`);
      return body.state === state ? body : undefined;
    });
  return { base, office, call, run, task };
}

describe('a failed run that is tried again', () => {
  it('answers the message that it could not answer before', async () => {
    const { call, run } = await hire();
    answer = () => ({ calls: [{ name: 'colleagues_list', input: {} }] });
    await call('POST', '/messages/send', { to: 'aria', content: 'who is here?' });
    const failed = await run('failed');
    expect(failed.failure.code).toBe('step_limit');
    answer = () => ({ text: 'Only me.' });
    expect((await call('POST', `/runs/${failed.id}/retry`)).status).toBe(200);
    await run('succeeded');
    const { body } = await call('GET', '/xmtp/conversations');
    expect(body[0].last_message).toBe('Only me.');
  });

  it('goes on with the task that was blocked because of it, from what it knew', async () => {
    const { call, run, task } = await hire();
    answer = () => ({ text: 'I am done, I think.' });
    const { id } = (await call('POST', '/tasks', { title: 'sort it', assigned_to: 'aria' })).body;
    await task(id, 'blocked');
    const failed = await run('failed');
    let told = 0;
    answer = (request) => {
      told = spokenTimes(request);
      return { calls: [{ name: 'task_complete', input: { result: 'sorted' } }] };
    };
    await call('POST', `/runs/${failed.id}/retry`);
    await task(id, 'done');
    expect(told).toBe(3);
    expect((await call('GET', '/runs?status=queued,running')).body).toEqual([]);
    expect((await call('GET', `/runs/${failed.id}`)).body.status).toBe('succeeded');
  });
});

it('a mistake of the agent is a refusal, whatever the file system calls it', async () => {
  const { call, run } = await hire({}, {});
  const tries = [
    { name: 'workspace_write', input: { path: 'a', content: 'x' } },
    { name: 'workspace_write', input: { path: 'a/b', content: 'x' } },
    { name: 'workspace_write', input: { path: 'n'.repeat(300), content: 'x' } },
    { name: 'workspace_write', input: { path: '.', content: 'x' } },
    { name: 'workspace_read', input: { path: 'n'.repeat(300) } },
    { name: 'workspace_list', input: { path: 'nowhere' } },
  ];
  answer = (request) => (spokenTimes(request) === 0 ? { calls: tries } : { text: lastResults(request).join('\n') });
  await call('POST', '/messages/send', { to: 'aria', content: 'try' });
  const { id } = await run('succeeded');
  const steps = (await call('GET', `/runs/${id}/steps`)).body as { kind: string; status: string }[];
  expect(
    steps
      .filter(({ kind }) => kind === 'tool')
      .map(({ status }) => status)
      .sort(),
  ).toEqual(['done', 'failed', 'failed', 'failed', 'failed', 'failed']);
});

it('text that no database takes ends no run', async () => {
  const { call, run } = await hire();
  answer = (request) =>
    spokenTimes(request) === 0
      ? {
          calls: [{ name: 'memory_remember', rawInput: '{"text":"half \\ud800 a pair, \\u0000 and C:\\\\u0000"}' }],
        }
      : { text: 'Noted.' };
  await call('POST', '/messages/send', { to: 'aria', content: 'note this' });
  const { id } = await run('succeeded');
  const steps = (await call('GET', `/runs/${id}/steps`)).body as { name: string; arguments: { text?: string } }[];
  expect(steps.find(({ name }) => name === 'memory_remember')?.arguments.text).toBe('half � a pair,  and C:\\u0000');
});

it('two names that cannot be on one disk stop no command', async () => {
  const { call, run } = await hire();
  const form = (name: string) => {
    const data = new FormData();
    data.append('file', new Blob([name]), name);
    return data;
  };
  for (const name of ['notes', 'notes/today.md', 'other.md']) await call('POST', '/files', form(name));
  answer = (request) =>
    spokenTimes(request) === 0
      ? {
          calls: [
            { name: 'workspace_list', input: {} },
            { name: 'shell', input: { command: 'cat /drive/other.md' } },
          ],
        }
      : { text: lastResults(request).join('\n') };
  await call('PATCH', '/settings', { tools: { shell: 'allowed' } });
  await call('POST', '/messages/send', { to: 'aria', content: 'read it' });
  const { summary } = await run('succeeded');
  if (test.house.sandbox.kind === 'bubblewrap') expect(summary).toContain('other.md');
});

describe('an agent that may hire', () => {
  it('gives nobody more than it has, and no key', async () => {
    const { call, office } = await hire(
      { allow_agent_hiring: true },
      { dailyCapCredits: 1, customConfig: { tools: { shell: 'off' } } },
    );
    const agent = await loadAgent(tenant.context, office.id, 'aria', 'agents:read');
    const { key } = await issueKey(tenant.context, {
      family: 'agent',
      name: 'aria',
      organizationId: tenant.organizationId,
      agentId: agent.id,
    });
    const greedy = {
      name: 'richer',
      modelTier: 'haiku',
      dailyCapCredits: 10_000,
      driver: 'external',
      customConfig: { tools: { shell: 'allowed' } },
    };
    const hired = await call('POST', '/employees', greedy, key);
    expect(hired.body).toMatchObject({
      dailyCapCredits: 1,
      driver: 'model',
      customConfig: { tools: { shell: 'off' } },
    });
    const publicKey = '02'.padEnd(66, '7');
    expect((await call('POST', '/employees', { name: 'puppet', publicKey }, key)).status).toBe(403);
    expect((await call('PATCH', '/employees/aria', { dailyCapCredits: 50 }, key)).status).toBe(403);
  });

  it('a stopped agent claims nothing with its own key either, nor one of a suspended office', async () => {
    const { call, office } = await hire({}, { driver: 'external' });
    const ops = await ApiClient.open(test.url, '/api/docs/openapi.json');
    const agent = await loadAgent(tenant.context, office.id, 'aria', 'agents:read');
    const { key } = await issueKey(tenant.context, {
      family: 'agent',
      name: 'aria',
      organizationId: tenant.organizationId,
      agentId: agent.id,
    });
    const { id } = (await call('POST', '/tasks', { title: 'outside work', assigned_to: 'aria' })).body;
    const claim = async () =>
      (await ops.call('PATCH', `/api/tasks/${id}`, { key, body: { status: 'in_progress' } })).status;
    await call('POST', '/employees/aria/action', { action: 'stop' });
    expect(await claim()).toBe(409);
    await call('POST', '/employees/aria/action', { action: 'start' });
    await call('POST', '/suspend');
    expect(await claim()).toBe(409);
    await call('POST', '/resume');
    expect(await claim()).toBe(200);
  });
});

it('a schedule does not pile up behind an agent that is stopped or still at it', async () => {
  const { call } = await hire();
  answer = () => ({ text: 'done' });
  expect((await call('POST', '/employees', { name: 'schedule' })).status).toBe(400);
  await call('POST', '/employees/aria/action', { action: 'stop' });
  await call('POST', '/schedules', { agent: 'aria', prompt: 'water the plants', every_seconds: 60 });
  for (let minute = 0; minute < 3; minute++) {
    const before = (await call('GET', '/schedules')).body[0].fired;
    test.clock?.advance(61_000);
    await eventually('the schedule to pass', async () =>
      (await call('GET', '/schedules')).body[0].fired > before ? true : undefined,
    );
  }
  expect((await call('GET', '/runs')).body).toEqual([]);
});

it('an agent writes no skill, and a reviewer that fails leaves the review to people', async () => {
  const { call, task } = await hire();
  await call('POST', '/employees', { name: 'bo', modelTier: 'haiku' });
  answer = (request) => {
    if (request.system.includes('You are bo')) return { text: 'looks fine to me' };
    if (spokenTimes(request) === 0)
      return { calls: [{ name: 'drive_write', input: { name: 'skills/x/SKILL.md', content: 'obey me' } }] };
    expect(lastResults(request)[0]).toContain('Agents do not change skills');
    return { calls: [{ name: 'task_complete', input: { result: 'tried' } }] };
  };
  const { id } = (await call('POST', '/tasks', { title: 'teach bo', assigned_to: 'aria', reviewer: 'bo' })).body;
  await task(id, 'review');
  await eventually('a person to be asked', async () => {
    const { body } = await call('GET', '/attention');
    return body.find((item: { kind: string; id: string }) => item.kind === 'review' && item.id === id);
  });
});
