import { generateKeyPair, MitosisClient } from '@guildhall/sdk';
import { ApiClient } from '@guildhall/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestApp, type TestApp } from '../../testing/test-app.ts';

/** Both families of clients are served (spec: mitosis.md 9): what one writes as `agent_name` the other writes as `agentName`. */

let test: TestApp;
let api: ApiClient;
let mi: MitosisClient;
let key: string;
let base: string;
let office: string;

beforeAll(async () => {
  test = await openTestApp();
  api = await ApiClient.open(test.url, '/api/v1/openapi.json');
  ({ key } = await test.newTenant('families'));
  mi = new MitosisClient({ endpoint: test.url, apiKey: key });
  office = (await mi.offices.create({ name: 'families' })).id;
  base = `/api/v1/offices/${office}`;
  await mi.employees.hire(office, { name: 'aria' });
  await mi.employees.hire(office, { name: 'far', driver: 'external' });
});
afterAll(() => test.close());

const send = async (method: string, path: string, body?: object) => {
  const answer = await api.call(method, `${base}${path}`, { key, ...(body === undefined ? {} : { body }) });
  expect([path, answer.status < 300, answer.body?.message]).toEqual([path, true, answer.body?.message]);
  return answer.body;
};

it('fields of requests are taken in either spelling', async () => {
  const { publicKey } = generateKeyPair();
  await send('POST', '/employees', { name: 'signer', public_key: publicKey, model_tier: 'none' });
  expect(await send('POST', '/employees/aria/promote', { model_tier: 'haiku' })).toMatchObject({ modelTier: 'haiku' });
  await mi.files.upload(office, 'a.md', Buffer.from('a'));
  await send('PUT', '/files/a.md/permissions', [{ agentName: 'far', access: 'read' }]);
  expect(await mi.files.getPermissions(office, 'a.md')).toEqual([{ agent_name: 'far', access: 'read' }]);
  const group = await mi.xmtpApi.createGroup(office, { name: 'crew', members: ['aria'] });
  await send('POST', `/xmtp/groups/${group.id}/members`, { agentName: 'far' });
  const taker = await test.newTenant('taker');
  await send('POST', '/transfer', { newOwnerId: taker.principal.userId });
  await send('PATCH', '/settings', { defaultModelProvider: 'openai', maxEmployees: 40 });
  expect(await mi.offices.getSettings(office)).toMatchObject({ default_model_provider: 'openai', max_employees: 40 });
});

it('a setting that is named as a method of objects is kept by its name', async () => {
  await send('PATCH', '/settings', { toString: 1, valueOf: 'x', hasOwnProperty: true });
  expect(Object.entries(await mi.offices.getSettings(office))).toEqual(
    expect.arrayContaining([
      ['toString', 1],
      ['valueOf', 'x'],
      ['hasOwnProperty', true],
    ]),
  );
});

it('and so are the filters of lists', async () => {
  const whole = await mi.tasks.create(office, { title: 'whole' });
  const part = await mi.tasks.create(office, { title: 'part', parentId: whole.id });
  for (const name of ['parent', 'parent_id', 'parentId'])
    for (const value of [whole.id, whole.number])
      expect((await send('GET', `/tasks?${name}=${value}`)).map(({ id }: { id: string }) => id)).toEqual([part.id]);
});

it('answers have both', async () => {
  const [first] = await send('GET', '/tasks?limit=1');
  expect(first).toMatchObject({
    createdAt: first.created_at,
    requestedBy: first.created_by,
    dependsOn: first.depends_on,
    assignedAgent: first.assigned_agent,
    claimedBy: null,
  });
  expect(typeof first.parentId).toBe('number');
  await mi.tasks.comment(office, first.id, 'Soon.');
  const [comment] = await send('GET', `/tasks/${first.id}/comments`);
  expect(comment).toMatchObject({ task_id: first.id, taskId: first.id, created_at: comment.createdAt });
  expect(await send('GET', '/tasks/stats')).toMatchObject({ queued: 2, pending: 2, claimed: 0, done: 0, completed: 0 });
  const { message } = await mi.messages.send(office, { to: 'far', content: 'hello' });
  const said = { from_agent: 'admin-sdk', fromAgent: 'admin-sdk', to_agent: 'far', createdAt: message.created_at };
  expect(message).toMatchObject(said);
  expect((await mi.xmtpApi.getMessages(office, 'far', 'admin-sdk'))[0]).toMatchObject(said);
});

it('variables are told apart by their shape: a map, one of the office, one of an agent', async () => {
  await send('PUT', '/env', { FIRST: '1', SECOND: '2' });
  await send('PUT', '/env', { key: 'THIRD', value: '3' });
  await send('PUT', '/env', { key: 'FOURTH', value: '4', scope: 'office' });
  await send('PUT', '/env', { key: 'OWN', value: '5', scope: 'agent', agentName: 'aria' });
  await send('PUT', '/env', { key: 'OTHER', value: '6', agent_name: 'aria' });
  const odd = { key: 'A', value: '1', scope: 'x' };
  expect((await api.call('PUT', `${base}/env`, { key, body: odd })).status).toBe(400);
  await send('PUT', '/env', { key: 'a', value: 'b', more: 'c' });
  expect(await mi.env.values(office)).toEqual({
    FIRST: '1',
    SECOND: '2',
    THIRD: '3',
    FOURTH: '4',
    key: 'a',
    value: 'b',
    more: 'c',
  });
  expect(await mi.env.getAgentEnv(office, 'aria')).toMatchObject({ OWN: '5', OTHER: '6' });
  const whole = await mi.env.list(office);
  const paged: typeof whole = [];
  let cursor: string | undefined;
  do {
    paged.push(...(await mi.env.list(office, { limit: 2, ...(cursor === undefined ? {} : { cursor }) })));
    cursor = mi.transport.lastCursor;
  } while (cursor !== undefined);
  expect(paged).toEqual(whole);
  expect(whole.map(({ key }) => key).at(-1)).toBe('OWN');
});

it('what an agent reports as an error is its last error; who raised a cap, and from what, is on record', async () => {
  await mi.employees.logStatusEvent(office, 'aria', { type: 'error', message: 'The disk is full.' });
  expect(await mi.employees.lastError(office, 'aria')).toMatchObject({ error: 'The disk is full.', code: 'reported' });
  await mi.employees.update(office, 'aria', { dailyCapCredits: 7, role: 'lead' });
  const [updated] = await mi.events.list(office, { type: 'agent.updated' });
  expect(updated?.data).toMatchObject({
    changes: { daily_cap_cents: { to: 700 }, role: { from: 'general', to: 'lead' } },
  });
  await mi.offices.updateSettings(office, { daily_cap: 9 });
  await mi.offices.updateSettings(office, { daily_cap: 90 });
  const [settings] = await mi.events.list(office, { type: 'office.updated' });
  expect(settings?.data).toMatchObject({ changes: { daily_cap: { from: 9, to: 90 } } });
});

it('an agent that opens a session is told what it can do, and not what it was told off', async () => {
  const capabilitiesOf = async (session: string) => {
    await mi.xmtpApi.send(office, {
      agent_id: 'aria',
      content: `{"type":"__SESSION_START__","session_id":"${session}"}`,
    });
    const messages = await mi.xmtpApi.getMessages(office, 'aria', 'admin-sdk');
    const acknowledgements = messages
      .map(({ content }) => content)
      .filter((content) => content.includes('__SESSION_ACK__'));
    return JSON.parse(acknowledgements.find((content) => content.includes(session)) ?? '{}').capabilities;
  };
  expect(await capabilitiesOf('one')).toEqual(['chat', 'memory', 'files', 'tasks']);
  await mi.employees.update(office, 'aria', { customConfig: { tools: { drive_read: 'off' } } });
  await mi.offices.updateSettings(office, { tools: { tasks_create: 'off' } });
  expect(await capabilitiesOf('two')).toEqual(['chat', 'memory']);
});

it('a group is not a conversation of two, and its people stay in it', async () => {
  const { message } = await mi.messages.send(office, { to: 'far', content: 'hello' });
  const direct = `/xmtp/groups/${message.conversation_id}`;
  const status = async (method: string, path: string, body?: object) =>
    (await api.call(method, `${base}${path}`, { key, ...(body === undefined ? {} : { body }) })).status;
  expect(await status('GET', `${direct}/messages`)).toBe(404);
  expect(await status('POST', `${direct}/send`, { content: 'x' })).toBe(404);
  const group = await mi.xmtpApi.createGroup(office, { name: 'crew', members: ['far'] });
  expect(await status('DELETE', `/xmtp/groups/${group.id}/members/user`)).toBe(409);
  const proxy = async (query: string) =>
    (await api.call('GET', `/api/offices/${office}/xmtp?${query}`, { key })).status;
  expect(await proxy('view=messages')).toBe(400);
  expect(await proxy('view=group-messages')).toBe(400);
});
