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
