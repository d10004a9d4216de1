// Longer than others: the last test holds that every documented route was called, which only one file with one client can.
import { ApiClient, eventually } from '@guildhall/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApp, type Tenant, type TestApp } from '../../testing/test-app.ts';
import { calledBySeed, taskDetailCalls } from './testing/called-by-seed.ts';

let test: TestApp;
let api: ApiClient;
let tenant: Tenant;
let officeId: string;
const key = () => tenant.key;
const path = (rest = '') => `/api/v1/offices/${officeId}${rest}`;

beforeAll(async () => {
  test = await openTestApp({ supervise: true });
  api = await ApiClient.open(test.url, '/api/v1/openapi.json');
  tenant = await test.newTenant('office-api');
});
afterAll(() => test.close());

const call = (method: string, rest: string, body?: unknown, headers?: Record<string, string>) =>
  api.call(method, rest, {
    key: key(),
    ...(body === undefined ? {} : { body }),
    ...(headers === undefined ? {} : { headers }),
  });

function upload(name: string, content: string | Uint8Array, headers?: Record<string, string>) {
  const form = new FormData();
  form.append('file', new Blob([content as string]), name);
  return call('POST', path('/files'), form, headers);
}

describe('offices', () => {
  it('POST 201 opens one; again 200 with existing: true and the name ignored; forceCreate opens another', async () => {
    const created = await call('POST', '/api/v1/offices', { name: 'acme' });
    expect(created).toMatchObject({
      status: 201,
      body: { name: 'acme', status: 'active', owner_id: tenant.principal.userId },
    });
    expect(created.body.existing).toBeUndefined();
    officeId = created.body.id;
    const again = await call('POST', '/api/v1/offices', { name: 'other' });
    expect(again).toMatchObject({ status: 200, body: { id: officeId, name: 'acme', existing: true } });
    const second = await call('POST', '/api/v1/offices', { name: 'other', forceCreate: true });
    expect(second).toMatchObject({ status: 201, body: { name: 'other' } });
    expect((await call('GET', '/api/v1/offices')).body.map((office: { name: string }) => office.name)).toEqual([
      'acme',
      'other',
    ]);
    expect((await call('DELETE', `/api/v1/offices/${second.body.id}`)).status).toBe(204);
    expect((await call('GET', `/api/v1/offices/${second.body.id}`)).status).toBe(404);
    expect((await call('GET', '/api/v1/offices')).body).toHaveLength(1);
  });

  it('opens one office when two set-up scripts ask at once', async () => {
    const fresh = await test.newTenant('twice');
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => api.call('POST', '/api/v1/offices', { key: fresh.key, body: { name: 'one' } })),
    );
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 200, 200, 201]);
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
  });

  it('GET tells about one and its status, and who is asking', async () => {
    expect((await call('GET', path())).body.name).toBe('acme');
    expect((await call('GET', path('/status'))).body).toMatchObject({ phase: 'ready', host: 'local' });
    expect((await call('GET', '/api/v1/me')).body).toMatchObject({ kind: 'user', email: tenant.principal.email });
  });
});

describe('settings', () => {
  it('are merged, checked where they mean something, kept where they do not, taken away by null', async () => {
    const settings = path('/settings');
    expect(await call('PATCH', settings, { monthly_cap: 500, theme: 'dark', tools: { shell: 'ask' } })).toMatchObject({
      status: 200,
      body: { monthly_cap: 500, theme: 'dark', tools: { shell: 'ask' } },
    });
    expect((await call('PATCH', settings, { theme: null })).body).not.toHaveProperty('theme');
    expect((await call('GET', settings)).body).toMatchObject({ monthly_cap: 500 });
    for (const bad of [{ daily_cap: -1 }, { daily_cap: 'x' }, { tools: { shell: 'yes' } }, { allow_agent_hiring: 1 }])
      expect(await call('PATCH', settings, bad)).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    await call('PATCH', settings, { max_employees: 0 });
    expect(await call('POST', path('/employees'), { name: 'too-many' })).toMatchObject({ status: 409 });
    await call('PATCH', settings, { max_employees: null, monthly_cap: null, tools: null });
  });
});

describe('employees', () => {
  it('POST 201 hires; 409 for a taken name; GET, PATCH and DELETE act on it', async () => {
    const hired = await call('POST', path('/employees'), {
      name: 'aria',
      role: 'researcher',
      modelTier: 'sonnet',
      skills: ['github'],
      customConfig: { a: 1 },
    });
    expect(hired).toMatchObject({
      status: 201,
      body: { name: 'aria', driver: 'reflex', skills: ['github'], status: { phase: 'running', ready: true } },
    });
    expect((await call('POST', path('/employees'), { name: 'aria' })).status).toBe(409);
    await call('POST', path('/employees'), { name: 'temp' });
    expect(
      (await call('PATCH', path('/employees/aria'), { role: 'writer', dailyCapCredits: 12.5 })).body,
    ).toMatchObject({ role: 'writer', dailyCapCredits: 12.5, skills: ['github'] });
    expect((await call('GET', path('/employees'))).body.map((agent: { name: string }) => agent.name)).toEqual([
      'aria',
      'temp',
    ]);
    expect((await call('GET', path('/employees/aria'))).body.role).toBe('writer');
    expect((await call('DELETE', path('/employees/temp'))).status).toBe(204);
    expect((await call('GET', path('/employees/temp'))).status).toBe(404);
    expect((await call('POST', path('/employees'), { name: 'temp' })).status).toBe(201);
    expect((await call('POST', path('/employees'), { name: 'safe', bedrockCredentials: {} })).status).toBe(501);
  });

  it('presence, last error, logs and activity say what happened', async () => {
    expect((await call('GET', path('/employees/aria/presence'))).body.online).toBe(true);
    expect((await call('GET', path('/employees/aria/last-error'))).body).toEqual({});
    const activity = await call('GET', path('/employees/aria/activity?category=lifecycle&limit=5'));
    expect(activity.body.map((event: { type: string }) => event.type)).toContain('agent.hired');
    const logs = await call('GET', path('/employees/aria/logs?tail=10'));
    expect(logs.body).toMatchObject({ pod: 'local', logs: expect.stringContaining('agent hired: aria') });
  });

  it('429 with Retry-After above three hires in ten minutes', async () => {
    const strict = await openTestApp({ environment: { GUILDHALL_HIRE_LIMIT: '3' } });
    try {
      const client = await ApiClient.open(strict.url, '/api/v1/openapi.json');
      const office = await client.call('POST', '/api/v1/offices', { key: strict.owner.key, body: { name: 'x' } });
      const hire = (name: string) =>
        client.call('POST', `/api/v1/offices/${office.body.id}/employees`, { key: strict.owner.key, body: { name } });
      for (const name of ['a', 'b', 'c']) expect((await hire(name)).status).toBe(201);
      const refused = await hire('d');
      expect(refused).toMatchObject({ status: 429, body: { code: 'hire_limited' } });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(500);
      expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(600);
    } finally {
      await strict.close();
    }
  });
});

describe('files', () => {
  it('go up and come down byte for byte, with versions, ETag and conditional writes', async () => {
    const bytes = new Uint8Array(300_000).map((_, index) => index % 251);
    const first = await upload('data/größe 1.bin', bytes);
    expect(first).toMatchObject({ status: 201, body: { name: 'data/größe 1.bin', size: 300_000, version: 1 } });
    const address = path(`/files/${encodeURIComponent('data/größe 1.bin')}`);
    const down = await fetch(test.url + address, { headers: { authorization: `Bearer ${key()}` } });
    expect(Buffer.from(await down.arrayBuffer()).equals(Buffer.from(bytes))).toBe(true);
    expect(down.headers.get('etag')).toBe(`"${first.body.sha256}"`);
    expect((await call('GET', address, undefined, { 'if-none-match': `"${first.body.sha256}"` })).status).toBe(304);

    expect((await upload('data/größe 1.bin', bytes)).body.version).toBe(1);
    expect((await upload('data/größe 1.bin', 'two', { 'if-match': `"${first.body.sha256}"` })).body.version).toBe(2);
    const conflict = await upload('data/größe 1.bin', 'three', { 'if-match': `"${first.body.sha256}"` });
    expect(conflict).toMatchObject({ status: 409, body: { code: 'version_conflict', detail: { current_version: 2 } } });
    expect((await upload('data/größe 1.bin', 'x', { 'if-none-match': '*' })).status).toBe(409);
    expect((await call('GET', path('/files'))).body).toHaveLength(1);
    expect((await call('DELETE', address)).status).toBe(204);
    expect((await call('GET', address)).status).toBe(404);
  });

  it('_changes tells what happened since', async () => {
    const before = (await call('GET', path('/files/_changes'))).body.serverTime;
    await upload('notes.md', '# Notes\n\nThe launch is on 3 May.');
    const changes = await call('GET', path(`/files/_changes?since=${before}`));
    expect(changes.body.events.at(-1)).toMatchObject({ type: 'upload', name: 'notes.md' });
  });

  it.each([
    '../../etc/passwd',
    '..',
    '/etc/passwd',
    'a/../../b',
    'a\\..\\b',
    'a//b',
    './a',
    '_changes',
    'nul\u0001l',
    ' ',
    'a/ /b',
    'x'.repeat(300),
  ])('400 for the name %j', async (name) => {
    const answer = await upload(name, 'x');
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
  });

  it('413 past the limit, and nothing is kept', async () => {
    const small = await openTestApp({ environment: { GUILDHALL_FILE_BYTES_MAX: '2000' } });
    try {
      const client = await ApiClient.open(small.url, '/api/v1/openapi.json');
      const office = await client.call('POST', '/api/v1/offices', { key: small.owner.key, body: { name: 'x' } });
      const form = new FormData();
      form.append('file', new Blob(['x'.repeat(2001)]), 'big.txt');
      const answer = await client.call('POST', `/api/v1/offices/${office.body.id}/files`, {
        key: small.owner.key,
        body: form,
      });
      expect(answer.status).toBe(413);
      expect(
        (await client.call('GET', `/api/v1/offices/${office.body.id}/files`, { key: small.owner.key })).body,
      ).toEqual([]);
    } finally {
      await small.close();
    }
  });
});

describe('tasks', () => {
  it('are worked by the agent they are assigned to, with evidence on the drive', async () => {
    const created = await call('POST', path('/tasks'), {
      title: 'When is the launch?',
      assigned_to: 'aria',
      verification_type: 'sources',
    });
    expect(created).toMatchObject({ status: 201, body: { status: 'queued', assigned_to: 'aria' } });
    const task = await eventually('the task to end', async () => {
      const { body } = await call('GET', path(`/tasks/${created.body.id}`));
      return body.status === 'completed' ? body : undefined;
    });
    expect(task).toMatchObject({ result: 'The launch is on 3 May.', evidence: { sources: ['notes.md'] } });
    expect((await call('GET', path(`/tasks/${created.body.number}`))).body.id).toBe(created.body.id);
    expect((await call('GET', path('/tasks?status=completed'))).body.map((row: { id: string }) => row.id)).toContain(
      created.body.id,
    );
    expect((await call('GET', path('/tasks/stats'))).body).toMatchObject({ total: 1, completed: 1 });
  });

  it('that are not understood are blocked with a question, not done', async () => {
    const created = await call('POST', path('/tasks'), { title: 'Xyzzy frobnicate', assigned_to: 'aria' });
    const task = await eventually('the task to be blocked', async () => {
      const { body } = await call('GET', path(`/tasks/${created.body.id}`));
      return body.state === 'blocked' ? body : undefined;
    });
    expect(task.blocked_reason).toContain('did not understand');
  });
});

describe('chat', () => {
  it('every spelling of sending reaches the agent, which answers once with its source', async () => {
    const sent = await call('POST', path('/xmtp/send'), { agent_id: 'aria', content: 'When is the launch?' });
    expect(sent.status).toBe(201);
    expect(sent.body.request_ids).toHaveLength(1);
    await call('POST', path('/messages/send'), { to: 'aria', content: 'remember that Bo likes tea' });
    await call('POST', path('/xmtp/conversations/aria/messages'), {
      agent_id: 'admin-sdk',
      content: 'what does Bo like?',
    });
    const messages = await eventually('three answers', async () => {
      const { body } = await call('GET', path('/xmtp/messages/aria/admin-sdk?limit=50'));
      return body.filter((message: { from_agent: string }) => message.from_agent === 'aria').length === 3
        ? body
        : undefined;
    });
    const answers = messages
      .filter((message: { from_agent: string }) => message.from_agent === 'aria')
      .map((message: { content: string }) => message.content);
    expect(answers[0]).toBe('The launch is on 3 May.\n\nSource: notes.md');
    expect(answers[1]).toContain('Noted');
    expect(answers[2]).toMatch(/^Bo likes tea\n\nSource: what admin-sdk told me on/);
    const [conversation] = (await call('GET', path('/xmtp/conversations'))).body;
    expect(conversation).toMatchObject({ peer: 'aria', members: ['admin-sdk', 'aria'] });
    expect((await call('GET', path(`/xmtp/conversations/${conversation.id}/messages?limit=2`))).body).toHaveLength(2);
  });

  it('a session frame is acknowledged at once and wakes nobody', async () => {
    const answer = await call('POST', path('/xmtp/conversations/temp/messages'), {
      agent_id: 'admin-sdk',
      content: JSON.stringify({ type: '__SESSION_START__', session_id: 's1' }),
    });
    expect(answer.body.request_ids).toEqual([]);
    const { body } = await call('GET', path('/xmtp/conversations/temp/messages'));
    expect(JSON.parse(body.at(-1).content)).toMatchObject({
      type: '__SESSION_ACK__',
      session_id: 's1',
      capabilities: expect.arrayContaining(['chat']),
    });
  });

  it('in a group only those who are mentioned answer', async () => {
    const group = await call('POST', path('/xmtp/groups'), { name: 'team', members: ['aria'] });
    expect(group).toMatchObject({ status: 201, body: { members: ['aria', 'user'] } });
    const base = path(`/xmtp/groups/${group.body.id}`);
    expect((await call('POST', `${base}/members`, { agent_name: 'temp' })).status).toBe(204);
    await call('POST', `${base}/send`, { content: 'good morning all of you' });
    await call('POST', `${base}/send`, { content: '@aria when is the launch?' });
    const messages = await eventually('the answer', async () => {
      const { body } = await call('GET', `${base}/messages`);
      return body.length >= 3 ? body : undefined;
    });
    expect(messages.map((message: { from_agent: string }) => message.from_agent)).toEqual(['user', 'user', 'aria']);
    expect((await call('PATCH', base, { name: 'crew' })).status).toBe(204);
    expect((await call('DELETE', `${base}/members/temp`)).status).toBe(204);
    expect((await call('GET', path('/xmtp/groups'))).body[0]).toMatchObject({
      name: 'crew',
      members: ['aria', 'user'],
    });
  });
});

describe('credits', () => {
  it('are debited for work and can be added, with two decimals', async () => {
    const before = (await call('GET', path('/credits'))).body.balance;
    expect(before).toBeLessThan(1000);
    expect((await call('POST', path('/credits'), { amount: 0.25, reason: 'topup' })).body.balance).toBeCloseTo(
      before + 0.25,
      5,
    );
    expect((await call('POST', path('/credits'), { amount: 0.001, reason: 'dust' })).status).toBe(400);
    const history = (await call('GET', path('/credits/history?limit=3'))).body;
    expect(history[0]).toMatchObject({ amount: 0.25, reason: 'topup', office_id: officeId });
  });
});

describe('runs and approvals', () => {
  it('are listed, shown step by step, stopped and tried again', async () => {
    const { body: runs } = await call('GET', path('/runs?status=succeeded&limit=2'));
    expect(runs).toHaveLength(2);
    const [run] = runs;
    expect(await call('GET', path(`/runs/${run.id}`))).toMatchObject({ status: 200, body: { status: 'succeeded' } });
    expect((await call('GET', path(`/runs/${run.id}/steps`))).status).toBe(200);
    // What has ended is answered as it is; only what failed or was stopped is tried again.
    expect(await call('POST', path(`/runs/${run.id}/stop`))).toMatchObject({
      status: 200,
      body: { status: 'succeeded' },
    });
    expect(await call('POST', path(`/runs/${run.id}/retry`))).toMatchObject({ status: 409 });
    expect(await call('GET', path('/runs?status=odd'))).toMatchObject({ status: 400 });
    expect(await call('GET', path('/runs/nothing'))).toMatchObject({ status: 404 });
    expect((await call('GET', path('/drivers'))).body).toMatchObject([
      { name: 'reflex', available: true },
      { name: 'model', available: false, missing: expect.stringContaining('ANTHROPIC_API_KEY') },
      { name: 'claude-code', available: false, missing: expect.any(String) },
      { name: 'openclaw', available: false, missing: expect.any(String) },
      { name: 'external', available: true },
    ]);
  });

  it('an agent of rules waits for a person as one with a model does', async () => {
    await call('POST', path('/employees'), { name: 'careful', customConfig: { tools: { drive_write: 'ask' } } });
    await upload('launch.md', 'The launch is on 3 May. Bring cake.');
    const { body: filed } = await call('POST', path('/tasks'), {
      title: 'Count the words in launch.md',
      assigned_to: 'careful',
    });
    const asked = await eventually('the question', async () => {
      const { body } = await call('GET', path('/approvals?state=pending'));
      return body[0];
    });
    expect(asked).toMatchObject({ agent: 'careful', tool: 'drive_write' });
    await eventually('the run to wait', async () => {
      const { body } = await call('GET', path('/runs?agent=careful'));
      return body[0]?.waiting_for === 'awaiting_approval' ? true : undefined;
    });
    await call('POST', path(`/approvals/${asked.id}/decision`), { approve: true });
    await eventually('the task to be done', async () => {
      const { body } = await call('GET', path(`/tasks/${filed.id}`));
      return body.state === 'done' ? true : undefined;
    });
    const { body: run } = await call('GET', path('/runs?agent=careful'));
    expect(await call('POST', path(`/runs/${run[0].id}/retry`))).toMatchObject({ status: 409 });
    const { body: second } = await call('POST', path('/tasks'), {
      title: 'Count the lines in launch.md',
      assigned_to: 'careful',
    });
    const waiting = await eventually('the second run to wait', async () => {
      const { body } = await call('GET', path('/runs?agent=careful&status=queued'));
      return body[0]?.waiting_for === 'awaiting_approval' ? body[0] : undefined;
    });
    expect(await call('POST', path(`/runs/${waiting.id}/stop`))).toMatchObject({
      status: 200,
      body: { status: 'cancelled' },
    });
    expect(await call('POST', path(`/runs/${waiting.id}/retry`))).toMatchObject({ status: 200 });
    const again = await eventually('the second run to be begun again', async () => {
      const { body } = await call('GET', path(`/runs?agent=careful&status=queued`));
      return body[0]?.waiting_for === 'awaiting_approval' ? body[0] : undefined;
    });
    expect([waiting.cause_id, again.cause_id]).toEqual([`${second.id}/0`, `${second.id}/0`]);
    await call('DELETE', path('/employees/careful'));
  });
});

describe('schedules', () => {
  it('are made, listed and ended', async () => {
    const made = await call('POST', path('/schedules'), { agent: 'aria', prompt: 'good morning', cron: '0 8 * * *' });
    expect(made).toMatchObject({ status: 201, body: { agent: 'aria', cron: '0 8 * * *', timezone: 'UTC', fired: 0 } });
    expect((await call('GET', path('/schedules?agent=aria'))).body).toHaveLength(1);
    expect(await call('POST', path('/schedules'), { agent: 'aria', prompt: 'x', cron: 'soon' })).toMatchObject({
      status: 400,
    });
    expect((await call('DELETE', path(`/schedules/${made.body.id}`))).status).toBe(204);
    expect((await call('DELETE', path(`/schedules/${made.body.id}`))).status).toBe(404);
  });
});

describe('streams', () => {
  async function frames(
    rest: string,
    headers: Record<string, string>,
    until: (text: string) => boolean,
  ): Promise<string> {
    const controller = new AbortController();
    const response = await fetch(test.url + path(rest), {
      headers: { authorization: `Bearer ${key()}`, ...headers },
      signal: controller.signal,
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (until(text)) break;
    }
    controller.abort();
    return text;
  }

  it('messages/stream greets without an id, and resumes after Last-Event-ID', async () => {
    const text = await frames(
      '/messages/stream?cursor=0',
      {},
      (seen) => seen.split('event: direct_message').length > 3,
    );
    expect(text.startsWith('event: connected\ndata: ')).toBe(true);
    expect(text).not.toContain('__SESSION_');
    const ids = [...text.matchAll(/^id: (\d+)$/gm)].map((match) => match[1] ?? '');
    const resumed = await frames('/messages/stream', { 'last-event-id': ids[0] ?? '' }, (seen) =>
      seen.includes(`id: ${ids[1]}\n`),
    );
    expect(resumed).not.toContain(`id: ${ids[0]}\n`);
  });

  it('events/stream carries everything with its cursor, and a list of it', async () => {
    const text = await frames('/events/stream?cursor=0&filter=agent', {}, (seen) =>
      seen.includes('event: agent.hired'),
    );
    expect(text).toMatch(/id: \d+\nevent: agent\.hired\ndata: \{/);
    const list = await call('GET', path('/events?limit=5&type=task'));
    expect(list.body.every((event: { type: string }) => event.type.startsWith('task.'))).toBe(true);
    expect((await call('GET', path(`/events?before=${list.body[0].id}&limit=1&type=task`))).body[0].id).toBeLessThan(
      list.body[0].id,
    );
  });

  it('400 for a cursor that is none', async () => {
    expect((await call('GET', path('/events/stream?cursor=abc'))).status).toBe(400);
  });
});

describe('what people look at and hold on to', () => {
  it('usage tells what the books say was charged, and is empty but whole where nothing was used', async () => {
    const history: { amount: number }[] = (await call('GET', path('/credits/history?limit=500'))).body;
    const charged = history.reduce((sum, { amount }) => sum + Math.max(0, -amount), 0);
    expect(charged).toBeGreaterThan(0);
    for (const rest of ['/usage', '/usage/current', '/usage/summary'])
      expect((await call('GET', path(rest))).body).toMatchObject({
        cpu_core_hours: 0,
        total_credits: expect.closeTo(charged, 9),
        pods: [],
      });
    expect((await call('GET', path('/usage/llm'))).body).toEqual([]);
    expect((await call('GET', path('/usage/llm/summary'))).body).toMatchObject({ total_tokens: 0, agents: [] });
    const [agent] = (await call('GET', path('/employees'))).body;
    expect((await call('GET', path(`/employees/${agent.name}/usage`))).body).toMatchObject({ models: [] });
  });

  it('an agent is given skills and loses them', async () => {
    const [agent] = (await call('GET', path('/employees'))).body;
    const skills = path(`/employees/${agent.name}/skills`);
    expect((await call('POST', skills, { remove: ['github'], add: ['one', 'two'] })).body).toMatchObject({
      skills: ['one', 'two'],
    });
    expect((await call('POST', skills, { remove: ['one'] })).body).toMatchObject({ skills: ['two'] });
  });

  it('a result is tried without ending the task', async () => {
    const filed = await call('POST', path('/tasks'), { title: 'prove it', verification_type: 'sources' });
    const check = (body: object) => call('POST', path(`/tasks/${filed.body.id}/evidence-check`), body);
    expect((await check({ result: 'x' })).body).toMatchObject({
      passes: false,
      missing: [{ field: 'evidence.sources' }],
    });
    expect((await check({ result: 'x', evidence: { sources: ['a.md'] } })).body).toMatchObject({ passes: true });
    expect((await call('GET', path(`/tasks/${filed.body.id}`))).body).toMatchObject({
      state: 'queued',
      usage: { runs: 0 },
    });
  });

  it('an office, an agent and the house stop and go on', async () => {
    expect((await call('GET', path('/attention'))).status).toBe(200);
    const [agent] = (await call('GET', path('/employees'))).body;
    const action = path(`/employees/${agent.name}/action`);
    expect((await call('POST', action, { action: 'pause' })).body).toMatchObject({
      status: { ready: false },
    });
    expect((await call('POST', action, { action: 'restart' })).body).toMatchObject({
      status: { ready: true },
    });
    expect((await call('POST', path('/suspend'), {})).body).toMatchObject({ status: 'suspended' });
    expect((await call('POST', path('/resume'))).body).toMatchObject({ status: 'active' });
    const operate = (method: string, rest: string) => api.call(method, `/api/v1/house${rest}`, { key: test.owner.key });
    expect((await operate('POST', '/pause')).body).toMatchObject({ paused: true });
    expect((await operate('POST', '/resume')).body).toMatchObject({ paused: false });
    expect((await operate('GET', '')).body).toMatchObject({ paused: false, note: null });
  });
});

describe('the document', () => {
  it('names only routes that exist, and each was called here', () => {
    const streams = ['events.stream', 'messages.stream', 'files.download'];
    // Those of the memory are called in cortex.test.ts, others in seed-routes.test.ts and task-details.test.ts: these hold it of theirs.
    const isElsewhere = (id: string) =>
      streams.includes(id) || id.startsWith('cortex.') || calledBySeed(id) || taskDetailCalls.has(id);
    expect(api.operationIds.filter((id) => !api.exercised.has(id) && !isElsewhere(id))).toEqual([]);
  });
});
