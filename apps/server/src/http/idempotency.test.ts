import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestApp, type Tenant, type TestApp } from '../testing/test-app.ts';

let test: TestApp;
let tenant: Tenant;
let path: string;

beforeAll(async () => {
  test = await openTestApp();
  tenant = await test.newTenant('idempotent');
  const { office } = await test.newOffice(tenant, 'aria');
  path = `/api/v1/offices/${office.id}/tasks`;
});
afterAll(() => test.close());

const post = (key: string, body: unknown, token = tenant.key) =>
  fetch(test.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body),
  });
const countTasks = async () => (await test.house.engine.db.selectFrom('tasks').select('id').execute()).length;

it('the same key and body are answered byte for byte, and act once', async () => {
  const before = await countTasks();
  const first = await post('k-1', { title: 'once' });
  const text = await first.text();
  const second = await post('k-1', { title: 'once' });
  expect([first.status, second.status]).toEqual([201, 201]);
  expect(first.headers.get('idempotent-replayed')).toBeNull();
  expect(second.headers.get('idempotent-replayed')).toBe('true');
  expect(await second.text()).toBe(text);
  expect(await countTasks()).toBe(before + 1);
});

it('the same key and another body are a conflict', async () => {
  await post('k-2', { title: 'one' });
  const reused = await post('k-2', { title: 'two' });
  expect(reused.status).toBe(409);
  expect(await reused.json()).toMatchObject({ code: 'idempotency_key_reused' });
});

it('many at once act once; the others replay or are told to wait', async () => {
  const before = await countTasks();
  const answers = await Promise.all(Array.from({ length: 12 }, () => post('k-3', { title: 'burst' })));
  expect(await countTasks()).toBe(before + 1);
  for (const answer of answers) {
    if (answer.status === 409) expect(answer.headers.get('retry-after')).toBe('1');
    else expect(answer.status).toBe(201);
  }
  expect(answers.some((answer) => answer.status === 201)).toBe(true);
});

it('a refusal is not kept: the corrected request goes through under the same key', async () => {
  expect((await post('k-4', { title: '' })).status).toBe(400);
  expect((await post('k-4', { title: 'x', assigned_to: 'nobody' })).status).toBe(404);
  expect((await post('k-4', { title: 'good now' })).status).toBe(201);
});

it('keys of different principals do not meet', async () => {
  const other = await test.newTenant('other');
  await post('k-5', { title: 'mine' });
  expect((await post('k-5', { title: 'mine' }, other.key)).status).toBe(404);
});

it('a failure of ours after execution began is replayed, and nothing of it is kept', async () => {
  const { engine } = test.house;
  const before = await countTasks();
  // The event stream of the organisation disappears under the request: a fault that no caller caused.
  await engine.db.updateTable('streams').set({ id: 'gone' }).where('id', '=', tenant.organizationId).execute();
  const failed = await post('k-6', { title: 'breaks' });
  await engine.db.updateTable('streams').set({ id: tenant.organizationId }).where('id', '=', 'gone').execute();
  expect(failed.status).toBe(500);
  const replayed = await post('k-6', { title: 'breaks' });
  expect(replayed.status).toBe(500);
  expect(replayed.headers.get('idempotent-replayed')).toBe('true');
  expect(await countTasks()).toBe(before);
});

it('400 for a key that is none', async () => {
  expect((await post(' ', { title: 'x' })).status).toBe(400);
  expect((await post('ü', { title: 'x' }).catch(() => ({ status: 400 }))).status).toBe(400);
  expect((await post('k'.repeat(300), { title: 'x' })).status).toBe(400);
});

it('an answer with a secret that is shown once is brought again, and kept sealed', async () => {
  const office = path.replace(/tasks$/, '');
  const ask = async (at: string, key: string, body: object, token: string | undefined = tenant.key) => {
    const answer = await fetch(test.url + at, {
      method: 'POST',
      headers: {
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: JSON.stringify(body),
    });
    return {
      status: answer.status,
      replayed: answer.headers.get('idempotent-replayed'),
      body: (await answer.json()) as Record<string, string>,
    };
  };
  const invite = await ask(`${office}invites`, 'i-1', { label: 'jared' });
  expect(await ask(`${office}invites`, 'i-1', { label: 'jared' })).toEqual({ ...invite, replayed: 'true' });
  const joining = { code: invite.body.code, agent_name: 'jared' };
  const joined = await ask('/api/agents/join', 'j-1', joining, '');
  expect(joined.status).toBe(201);
  // The answer was lost on its way: the key is not.
  expect((await ask('/api/agents/join', 'j-1', joining, '')).body).toEqual(joined.body);
  // Without the word, and with another code under it, nobody gets it.
  expect((await ask('/api/agents/join', 'j-2', joining, '')).body.error).toBe('code_used');
  expect((await ask('/api/agents/join', 'j-1', { ...joining, code: 'AAAAAA' }, '')).status).toBe(409);
  const secret = await ask(`${office}rotate-secret`, 's-1', {});
  expect((await ask(`${office}rotate-secret`, 's-1', {})).body).toEqual(secret.body);
  const kept = JSON.stringify(await test.house.engine.db.selectFrom('idempotency_keys').selectAll().execute());
  for (const shown of [invite.body.code, joined.body.api_key, secret.body.secret]) expect(kept).not.toContain(shown);
});

it('an answer without a body is brought again without one', async () => {
  const offer = () =>
    fetch(`${test.url}${path.replace(/tasks$/, 'transfer')}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json', 'idempotency-key': 't-1' },
      body: JSON.stringify({ new_owner_id: test.owner.principal.userId }),
    });
  const [first, second] = [await offer(), await offer()];
  expect([first.status, second.status, await second.text()]).toEqual([204, 204, '']);
  expect(second.headers.get('idempotent-replayed')).toBe('true');
});
