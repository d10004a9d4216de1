import { ApiClient, eventually, type ModelServer, openModelServer, type ScriptedRequest } from '@guildhall/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestApp, type Tenant, type TestApp } from '../testing/test-app.ts';

/** A house without a key of any provider: only offices have some. */
let model: ModelServer;
let test: TestApp;
let api: ApiClient;
let tenant: Tenant;
/** The model says by which of them it was asked: no answer carries one. */
const keys = ['sk-of-the-office', 'sk-new'];

beforeAll(async () => {
  model = await openModelServer(({ key }: ScriptedRequest) => ({ text: `asked with the key ${keys.indexOf(key)}` }));
  test = await openTestApp({
    supervise: true,
    environment: {
      ANTHROPIC_BASE_URL: model.anthropicUrl,
      OPENAI_BASE_URL: model.openAiUrl,
      GEMINI_BASE_URL: model.openAiUrl,
    },
  });
  api = await ApiClient.open(test.url, '/api/v1/openapi.json');
  tenant = await test.newTenant('own-keys');
});
afterAll(async () => {
  await test.close();
  await model.close();
});

async function openOffice(...agents: string[]) {
  const { office } = await test.newOffice(tenant, ...agents);
  const call = (method: string, path: string, body?: unknown) =>
    api.call(method, `/api/v1/offices/${office.id}${path}`, {
      key: tenant.key,
      ...(body === undefined ? {} : { body }),
    });
  const ask = async (agent: string) => {
    await call('POST', '/messages/send', { to: agent, content: 'hello' });
    return eventually('an answer', async () => {
      const { body } = await call('GET', `/xmtp/messages/${agent}/admin-sdk`);
      const last = body.at(-1);
      return last?.from_agent === agent ? (last.content as string) : undefined;
    });
  };
  return { office, call, ask };
}

it('agents are thought for with the credential of their office, from the next run on, and by rules without one', async () => {
  const { office, call, ask } = await openOffice('aria');
  const other = await openOffice('bert');
  expect((await call('GET', '/employees/aria')).body.driver).toBe('reflex');
  await call('POST', '/integrations/anthropic/secret', { key: 'sk-of-the-office' });
  expect((await call('GET', '/employees/aria')).body.driver).toBe('model');
  expect(await ask('aria')).toBe('asked with the key 0');
  // Who is hired later has it too; another office has not.
  await call('POST', '/employees', { name: 'carl' });
  expect(await ask('carl')).toBe('asked with the key 0');
  expect((await other.call('GET', '/employees/bert')).body.driver).toBe('reflex');
  const drivers = (await call('GET', '/drivers')).body;
  expect(drivers.find(({ name }: { name: string }) => name === 'model').available).toBe(true);
  expect((await call('GET', '/capabilities/self')).body.drivers).toContain('model');
  expect((await other.call('GET', '/capabilities/self')).body.drivers).not.toContain('model');
  // It is metered and paid for like any other.
  expect((await call('GET', '/usage/llm/summary')).body.total_tokens).toBeGreaterThan(0);
  await call('DELETE', '/integrations/anthropic/secret');
  expect((await call('GET', '/employees/aria')).body.driver).toBe('reflex');
  const kept = JSON.stringify(
    await test.house.engine.db
      .selectFrom('run_steps')
      .selectAll()
      .where('run_id', 'in', (runs) => runs.selectFrom('runs').select('id').where('office_id', '=', office.id))
      .execute(),
  );
  expect(kept).not.toContain('sk-of-the-office');
});

it('an office has the models of its own providers, and is pinged through them', async () => {
  const { call } = await openOffice('aria');
  const other = await openOffice('bert');
  expect((await call('GET', '/provider-models')).body).toEqual([]);
  expect((await call('POST', '/llm-ping')).body).toMatchObject({ success: false });
  await call('POST', '/integrations/openai/secret', { key: 'sk-openai' });
  expect((await call('GET', '/provider-models')).body).toMatchObject([
    { provider: 'openai', model_id: 'scripted-1', available: true },
  ]);
  expect((await other.call('GET', '/provider-models')).body).toEqual([]);
  const pinged = await call('POST', '/llm-ping');
  expect(pinged.body).toMatchObject({ success: true, model: expect.stringMatching(/^openai:/) });
  expect(model.requests.at(-1)?.key).toBe('sk-openai');
  await other.call('POST', '/integrations/google/secret', { key: 'g-key' });
  expect((await other.call('POST', '/llm-ping')).body).toMatchObject({
    success: true,
    model: 'google:gemini-2.5-flash',
  });
  expect(model.requests.at(-1)?.key).toBe('g-key');
});

it('a new credential does not rest because the one before it was refused', async () => {
  const { call, ask } = await openOffice('aria');
  const answer = model.answer;
  model.answer = (request) =>
    request.key === 'sk-old' ? { status: 401, type: 'authentication_error', message: 'no' } : answer(request);
  await call('POST', '/integrations/anthropic/secret', { key: 'sk-old' });
  await call('POST', '/messages/send', { to: 'aria', content: 'hello' });
  await eventually('the run to wait', async () => {
    const { body } = await call('GET', '/runs');
    return body[0]?.waiting_for === 'model_unavailable' ? true : undefined;
  });
  await call('POST', '/integrations/anthropic/secret', { key: 'sk-new' });
  model.answer = answer;
  expect(await ask('aria')).toBe('asked with the key 1');
});

it('a message whose credential is taken away waits where people see it, and is answered once there is one again', async () => {
  const { call } = await openOffice('aria');
  const answer = model.answer;
  model.answer = () => ({ status: 529, type: 'overloaded_error', message: 'busy' });
  await call('POST', '/integrations/anthropic/secret', { key: 'sk-old' });
  await call('POST', '/messages/send', { to: 'aria', content: 'hello' });
  const waiting = async () => {
    const { body } = await call('GET', '/runs?status=queued');
    return body[0]?.waiting_for === 'model_unavailable' ? body[0].id : undefined;
  };
  const run = await eventually('the run to wait', waiting);
  await call('DELETE', '/integrations/anthropic/secret');
  // As when its time has come: it finds no credential at all.
  await test.house.engine.db.updateTable('runs').set({ not_before_at: 0 }).where('id', '=', run).execute();
  const parks = async () =>
    (
      await test.house.engine.db
        .selectFrom('runs')
        .select('model_parks')
        .where('id', '=', run)
        .executeTakeFirstOrThrow()
    ).model_parks;
  await eventually('the run to have looked again', async () => ((await parks()) > 1 ? true : undefined));
  expect(await eventually('the run to wait again', waiting)).toBe(run);
  expect((await call('GET', '/attention')).body.map(({ kind }: { kind: string }) => kind)).toContain('model');
  model.answer = answer;
  await call('POST', '/integrations/anthropic/secret', { key: 'sk-new' });
  const answered = async () => {
    const { body } = await call('GET', '/xmtp/messages/aria/admin-sdk');
    return body.at(-1)?.from_agent === 'aria' ? body.at(-1).content : undefined;
  };
  expect(await eventually('the answer', answered)).toBe('asked with the key 1');
});
