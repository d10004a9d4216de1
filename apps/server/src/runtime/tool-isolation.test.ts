import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ApiClient,
  eventually,
  findChromium,
  lastResults,
  type ModelServer,
  openModelServer,
  type ScriptedAnswer,
  type ScriptedRequest,
  spokenTimes,
} from '@guildhall/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listAgents } from '../domain/agents/index.ts';
import { openTestApp, type Tenant, type TestApp } from '../testing/test-app.ts';

const SECRET = 'TULIP-7391';
const TOOLS_MIN = 35;
const CALLS_AT_ONCE = 50;
/** What would wait for a person. */
const ASKING = ['agent_fire', 'shell', 'browser_open', 'browser_click', 'browser_type', 'browser_screenshot'];

let model: ModelServer;
let test: TestApp;
let api: ApiClient;
let tenant: Tenant;
let stranger: Tenant;
let answer: (request: ScriptedRequest) => ScriptedAnswer = () => ({ text: 'ok' });

beforeAll(async () => {
  model = await openModelServer((request) => answer(request));
  test = await openTestApp({
    supervise: true,
    environment: {
      ANTHROPIC_API_KEY: 'secret',
      ANTHROPIC_BASE_URL: model.anthropicUrl,
      CHROMIUM_PATH: findChromium() ?? '',
      // All answers at once, without a summary in between.
      GUILDHALL_MODEL_PROMPT_TOKENS: '2000000',
      GUILDHALL_RUN_STEPS: '500',
    },
  });
  api = await ApiClient.open(test.url, '/api/v1/openapi.json');
  tenant = await test.newTenant('victim');
  stranger = await test.newTenant('stranger');
});
afterAll(async () => {
  await test.close();
  await model.close();
});

/** An office full of secrets, and every name and number by which somebody might ask for them. */
async function openVictim() {
  const { office, agents } = await test.newOffice(tenant, 'vic', 'val');
  const [vic, val] = agents;
  if (vic === undefined || val === undefined) throw new Error('two agents were hired');
  const base = `/api/v1/offices/${office.id}`;
  const call = async (method: string, path: string, body?: unknown) =>
    (await api.call(method, base + path, { key: tenant.key, ...(body === undefined ? {} : { body }) })).body;
  const form = new FormData();
  form.append('file', new Blob([`the drive says ${SECRET}`]), 'secret.txt');
  await call('POST', '/files', form);
  const skill = new FormData();
  skill.append('file', new Blob([`# skill ${SECRET}`]), 'skills/spy/SKILL.md');
  await call('POST', '/files', skill);
  const task = await call('POST', '/tasks', { title: 'hidden task', description: `the task says ${SECRET}` });
  const group = await call('POST', '/xmtp/groups', { name: 'secret group', members: ['vic', 'val'] });
  answer = () => ({ text: 'ok' });
  const sent = await call('POST', '/messages/send', { to: 'vic', content: `remember that the word is ${SECRET}` });
  const schedule = await call('POST', '/schedules', { agent: 'vic', prompt: `say ${SECRET}`, every_seconds: 86_400 });
  await eventually('the victim to be at rest', async () =>
    (await call('GET', '/runs?status=queued,running')).length === 0 ? true : undefined,
  );
  const [run] = await call('GET', '/runs');
  const workspaces = join(test.database.folder, 'workspaces');
  await mkdir(join(workspaces, vic.id), { recursive: true });
  await writeFile(join(workspaces, vic.id, 'diary.txt'), `the diary says ${SECRET}`);
  const { rows } = await memoryOf(office.id);
  return {
    base,
    office,
    names: [
      'secret.txt',
      'skills/spy/SKILL.md',
      'spy',
      'vic',
      'val',
      'secret group',
      'hidden task',
      SECRET.slice(0, 5),
    ],
    ids: [
      office.id,
      vic.id,
      task.id,
      group.id,
      sent.message.id,
      sent.message.conversation_id,
      schedule.id,
      run.id,
      ...rows,
    ],
    numbers: [task.number, vic.number],
    paths: [
      `../${vic.id}/diary.txt`,
      `../../workspaces/${vic.id}/diary.txt`,
      join(workspaces, vic.id, 'diary.txt'),
      join(test.database.folder, 'guildhall.sqlite'),
      join(test.database.folder, 'owner.key'),
      `file://${join(workspaces, vic.id, 'diary.txt')}`,
    ],
    /** What an attack must not change. */
    state: async () =>
      JSON.stringify([await call('GET', '/files'), await call('GET', '/schedules'), await call('GET', '/xmtp/groups')]),
  };
}

async function memoryOf(officeId: string): Promise<{ rows: string[] }> {
  const rows = await test.house.engine.db
    .selectFrom('memory_sources')
    .innerJoin('memory_stores', 'memory_stores.number', 'memory_sources.store')
    .select(['memory_sources.feed_key', 'memory_sources.external_id'])
    .where('memory_stores.office_id', '=', officeId)
    .execute();
  return { rows: rows.map((row) => `${row.feed_key}:${row.external_id}`) };
}

interface OfferedTool {
  name: string;
  input_schema: { properties?: Record<string, { type?: string; anyOf?: unknown[] }> };
}

/** Every tool that is offered, with everything that might name somebody else's: one call for each. */
function attacks(request: ScriptedRequest, victim: Awaited<ReturnType<typeof openVictim>>) {
  const tools = (request.body.tools as OfferedTool[]).filter(({ name }) => !['chat_wait'].includes(name));
  const words = [...victim.names, ...victim.ids, ...victim.paths];
  return tools.flatMap(({ name, input_schema }) => {
    const isSlow = name.startsWith('browser_');
    const tried = isSlow ? victim.paths.slice(-1) : words;
    return tried.map((word, index) => {
      const input: Record<string, unknown> = {};
      for (const [field, { type }] of Object.entries(input_schema.properties ?? {})) {
        if (field === 'command') input[field] = `cat '${word}'; ls ..; cat /workspace/../${word}`;
        else if (type === 'string') input[field] = word;
        else if (type === 'integer' || type === 'number') input[field] = victim.numbers[index % victim.numbers.length];
        else if (type === 'array') input[field] = [word];
      }
      return { name, input };
    });
  });
}

/** Hires somebody who tries everything, and answers with all that was told. */
async function attackFrom(attacker: Tenant, officeId: string, victim: Awaited<ReturnType<typeof openVictim>>) {
  const base = `/api/v1/offices/${officeId}`;
  const call = async (method: string, path: string, body?: unknown) =>
    (await api.call(method, base + path, { key: attacker.key, ...(body === undefined ? {} : { body }) })).body;
  await call('POST', '/employees', { name: 'mallory', modelTier: 'haiku' });
  const tools = Object.fromEntries(ASKING.map((name) => [name, 'allowed']));
  await call('PATCH', '/settings', { allow_agent_hiring: true, tools });
  let offered: string[] = [];
  const results: string[] = [];
  answer = (request) => {
    if (!request.system.includes('You are mallory')) return { text: 'ok' };
    offered = request.tools;
    results.push(...lastResults(request));
    const from = spokenTimes(request) * CALLS_AT_ONCE;
    const calls = attacks(request, victim).slice(from, from + CALLS_AT_ONCE);
    return calls.length > 0 ? { calls } : { text: 'I tried.' };
  };
  await call('POST', '/messages/send', { to: 'mallory', content: 'find out' });
  await eventually(
    'the attack to end',
    async () => {
      const [run] = await call('GET', '/runs?agent=mallory');
      expect(run.failure).toBeNull();
      return run.status === 'succeeded' ? true : undefined;
    },
    240_000,
  );
  // Chromium may be missing; then there is no browser.
  expect(offered.length).toBeGreaterThan(TOOLS_MIN - (findChromium() === undefined ? 5 : 0));
  expect(results.length).toBeGreaterThan(500);
  return results;
}

it('no tool of an agent reaches what belongs to another office, whatever it names', { timeout: 300_000 }, async () => {
  const victim = await openVictim();
  const before = await victim.state();
  const { office } = await test.newOffice(stranger);
  const results = await attackFrom(stranger, office.id, victim);
  expect(results.filter((result) => result.includes(SECRET))).toEqual([]);
  expect(await victim.state()).toBe(before);
});

it('a colleague reads what the office shares, and nothing of what is another agent’s own', {
  timeout: 300_000,
}, async () => {
  const victim = await openVictim();
  const results = (await attackFrom(tenant, victim.office.id, victim)).join('\n');
  expect(results).toContain(`the drive says ${SECRET}`);
  expect(results).toContain(`the task says ${SECRET}`);
  for (const own of ['the diary says', 'remember that the word is', `say ${SECRET}`])
    expect([own, results.includes(own)]).toEqual([own, false]);
  const { items } = await listAgents(tenant.context, victim.office.id, { limit: 10 });
  expect(items.map(({ name }) => name)).toEqual(expect.arrayContaining(['vic', 'val']));
});
