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
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadAgent } from '../domain/agents/index.ts';
import { issueKey } from '../domain/identity/index.ts';
import { openTestApp, type Tenant, type TestApp } from '../testing/test-app.ts';

let model: ModelServer;
let test: TestApp;
let api: ApiClient;
let ops: ApiClient;
let tenant: Tenant;
let asked: ScriptedRequest[] = [];
let answer: (request: ScriptedRequest) => ScriptedAnswer = () => ({ text: 'ok' });

beforeAll(async () => {
  model = await openModelServer((request) => {
    asked.push(request);
    return answer(request);
  });
  test = await openTestApp({
    supervise: true,
    manualClock: true,
    environment: { ANTHROPIC_API_KEY: 'secret', ANTHROPIC_BASE_URL: model.anthropicUrl },
  });
  api = await ApiClient.open(test.url, '/api/v1/openapi.json');
  ops = await ApiClient.open(test.url, '/api/docs/openapi.json');
  tenant = await test.newTenant('birth');
});
afterAll(async () => {
  await test.close();
  await model.close();
});

const call = (method: string, path: string, body?: unknown) =>
  api.call(method, path, { key: tenant.key, ...(body === undefined ? {} : { body }) });

async function hire(profile: object = {}) {
  const { office } = await test.newOffice(tenant);
  const base = `/api/v1/offices/${office.id}`;
  const hired = await call('POST', `${base}/employees`, { name: 'aria', modelTier: 'haiku', ...profile });
  expect(hired.status).toBe(201);
  asked = [];
  const say = (content: string) => call('POST', `${base}/messages/send`, { to: 'aria', content });
  const runs = async (status: string) => (await call('GET', `${base}/runs?status=${status}`)).body;
  const ended = (count: number) =>
    eventually(`${count} runs to end well`, async () =>
      (await runs('succeeded')).length === count ? true : undefined,
    );
  return { base, office, say, runs, ended };
}

it('an agent is born with files that say who it is, and what it writes there it is told the next time', async () => {
  const { say, ended } = await hire({
    role: 'researcher',
    systemPrompt: 'Always count twice.',
    agentKit: { owner: 'Dana of accounts', personality: 'Dry and exact.' },
    emoji: undefined,
  });
  answer = (request) =>
    spokenTimes(request) === 0
      ? {
          calls: [
            { name: 'workspace_write', input: { path: 'MEMORY.md', content: 'The stamp is in the left drawer.' } },
          ],
        }
      : { text: 'Noted.' };
  await say('remember where the stamp is');
  await ended(1);
  expect(asked[0]?.system).toContain('Dry and exact.');
  expect(asked[0]?.system).toContain('Always count twice.');
  expect(asked[0]?.system).toContain('Dana of accounts');
  expect(asked[0]?.system).toContain('Role: researcher');
  expect(asked[0]?.system).not.toContain('left drawer');
  asked = [];
  answer = () => ({ text: 'In the left drawer.' });
  await say('where is the stamp?');
  await ended(2);
  expect(asked[0]?.system).toContain('left drawer');
});

it('skills are folders on the drive: named in the prompt, read when needed, given and taken by name', async () => {
  const { base, say, ended } = await hire();
  const form = new FormData();
  const skill =
    '---\nname: invoices\ndescription: How invoices are checked here\n---\n# Invoices\nLook for doubles first.';
  form.append('file', new Blob([skill]), 'skills/invoices/SKILL.md');
  expect((await call('POST', `${base}/files`, form)).status).toBeLessThan(300);
  const given = await call('POST', `${base}/employees/aria/skills`, { add: ['invoices', 'missing'] });
  expect(given.body).toMatchObject({ skills: ['invoices', 'missing'] });
  answer = (request) =>
    spokenTimes(request) === 0
      ? { calls: [{ name: 'skill_read', input: { name: 'invoices' } }] }
      : { text: String(lastResults(request)[0]) };
  await say('check the invoices');
  await ended(1);
  expect(asked[0]?.system).toContain('- invoices: How invoices are checked here');
  expect(asked[0]?.system).not.toContain('doubles');
  expect(asked[1]?.turns.at(-1)?.text).toContain('Look for doubles first.');
  await call('POST', `${base}/employees/aria/skills`, { remove: ['invoices', 'missing'] });
  asked = [];
  answer = (request) => {
    expect(request.tools).not.toContain('skill_read');
    return { text: 'done' };
  };
  await say('again');
  await ended(2);
  expect((await call('POST', `${base}/employees/aria/skills`, { add: ['../x'] })).status).toBe(400);
});

it('a heartbeat with an empty checklist asks no model; with something in it, the agent does that', async () => {
  const { base, say, ended } = await hire();
  const schedule = { agent: 'aria', prompt: 'HEARTBEAT.md', every_seconds: 60 };
  expect((await call('POST', `${base}/schedules`, schedule)).status).toBe(201);
  test.clock?.advance(61_000);
  await ended(1);
  expect(asked).toEqual([]);
  answer = (request) =>
    spokenTimes(request) === 0
      ? {
          calls: [{ name: 'workspace_write', input: { path: 'HEARTBEAT.md', content: '# Daily\n- water the plants' } }],
        }
      : { text: 'ok' };
  await say('please water the plants every day');
  await ended(2);
  asked = [];
  answer = () => ({ text: 'HEARTBEAT_OK' });
  test.clock?.advance(61_000);
  await ended(3);
  expect(asked[0]?.turns[0]?.text).toContain('water the plants');
});

it('an agent that wants to be woken once is woken once', async () => {
  const { base, say, ended } = await hire();
  answer = (request) => {
    const opening = request.turns[0]?.role === 'user' ? request.turns[0].text : '';
    if (spokenTimes(request) > 0 || opening.includes('look at the oven')) return { text: 'ok' };
    return { calls: [{ name: 'schedule_create', input: { prompt: 'look at the oven', in_seconds: 600 } }] };
  };
  await say('wake up in ten minutes');
  await ended(1);
  expect((await call('GET', `${base}/schedules`)).body).toMatchObject([
    { at: expect.any(String), every_seconds: null },
  ]);
  test.clock?.advance(601_000);
  await ended(2);
  expect((await call('GET', `${base}/schedules`)).body).toEqual([]);
  const wrong = { agent: 'aria', prompt: 'x', at: 'soon' };
  expect((await call('POST', `${base}/schedules`, wrong)).status).toBe(400);
});

it('what wakes an agent: in mode cron it takes tasks itself, in mode task no schedule wakes it', async () => {
  answer = () => ({ calls: [{ name: 'task_complete', input: { result: 'done' } }] });
  const { base, runs } = await hire({ runMode: 'cron' });
  const { id } = (await call('POST', `${base}/tasks`, { title: 'sort the mail', assigned_to: 'aria' })).body;
  await call('POST', `${base}/employees`, { name: 'bo', modelTier: 'none' });
  await call('POST', `${base}/messages/send`, { to: 'bo', content: 'hello' });
  await eventually('a colleague to be served', async () => ((await runs('succeeded')).length > 0 ? true : undefined));
  expect(await runs('queued')).toMatchObject([{ cause: 'task', waiting_for: 'run_mode' }]);
  expect((await call('PATCH', `${base}/employees/aria`, { runMode: 'task' })).body).toMatchObject({ runMode: 'task' });
  await eventually('the task to be done', async () =>
    (await call('GET', `${base}/tasks/${id}`)).body.state === 'done' ? true : undefined,
  );
  asked = [];
  await call('POST', `${base}/schedules`, { agent: 'aria', prompt: 'wake up', every_seconds: 60 });
  test.clock?.advance(200_000);
  await eventually('the schedule to have passed', async () => {
    const [schedule] = (await call('GET', `${base}/schedules`)).body;
    return schedule.fired > 0 ? true : undefined;
  });
  expect(asked.filter(({ turns }) => turns[0]?.role === 'user' && turns[0].text.includes('wake up'))).toEqual([]);
});

it('an external agent gets no runs; it takes its tasks itself, and is online while it asks for something', async () => {
  const { base, office, runs } = await hire();
  const outside = await call('POST', `${base}/employees`, { name: 'outsider', driver: 'external' });
  expect(outside.body).toMatchObject({ driver: 'external' });
  const { id } = (await call('POST', `${base}/tasks`, { title: 'look outside', assigned_to: 'outsider' })).body;
  expect((await call('GET', `${base}/employees/outsider/presence`)).body).toEqual({ online: false });
  const agent = await loadAgent(tenant.context, office.id, 'outsider', 'agents:read');
  const { key } = await issueKey(tenant.context, {
    family: 'agent',
    name: 'outsider',
    organizationId: tenant.organizationId,
    agentId: agent.id,
  });
  const asOutsider = (method: string, path: string, body?: unknown) =>
    ops.call(method, path, { key, ...(body === undefined ? {} : { body }) });
  const taken = await asOutsider('PATCH', `/api/tasks/${id}`, { status: 'in_progress' });
  expect(taken.status).toBe(200);
  const done = { status: 'done', completion_notes: 'It is raining outside today.' };
  expect((await asOutsider('PATCH', `/api/tasks/${id}`, done)).body.data).toMatchObject({ status: 'done' });
  await eventually('the heartbeat to be noted', async () => {
    const { body } = await call('GET', `${base}/employees/outsider/presence`);
    return body.online === true ? true : undefined;
  });
  test.clock?.advance(121_000);
  expect((await call('GET', `${base}/employees/outsider/presence`)).body).toMatchObject({ online: false });
  expect(await runs('queued,running,succeeded,failed')).toEqual([]);
});

it('an idle check says whether waking an agent would lead to anything, and why not', async () => {
  const check = async (query: string) =>
    (await ops.call('GET', `/api/agent-runs/idle-check?${query}`, { key: tenant.key })).body;
  const created = await ops.call('POST', '/api/agents', {
    key: tenant.key,
    body: { name: 'felix', run_mode: 'cron', interval_sec: 3_600 },
  });
  expect(created.status).toBe(200);
  expect(await check('agent_name=felix&run_mode=task')).toMatchObject({ skip: true, reason: 'nothing_to_do' });
  expect(await check('agent_name=felix&run_mode=discovery')).toMatchObject({ skip: false, run_mode: 'cron' });
  const filed = await ops.call('POST', '/api/tasks', {
    key: tenant.key,
    body: { title: 'look at this', assignee: 'felix' },
  });
  expect(filed.status).toBeLessThan(300);
  expect(await check('agent_name=felix&run_mode=task')).toMatchObject({
    skip: false,
    reason: 'work_waits',
    next_task: { title: 'look at this' },
  });
  await ops.call('POST', '/api/agents/felix/stop', { key: tenant.key, body: {} });
  expect(await check('agent_name=felix&run_mode=task')).toMatchObject({ skip: true, reason: 'agent_stopped' });
  const statusOf = async (query: string, key?: string) =>
    (await ops.call('GET', `/api/agent-runs/idle-check${query}`, key === undefined ? {} : { key })).status;
  expect(await statusOf('', tenant.key)).toBe(400);
  expect(await statusOf('?agent_name=nobody', tenant.key)).toBe(404);
  expect(await statusOf('?agent_name=felix')).toBe(401);
});
