import { generateKeyPair, MitosisClient } from '@guildhall/sdk';
import { ApiClient, eventually, type ManualClock } from '@guildhall/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApp, type Tenant, type TestApp } from '../../testing/test-app.ts';

let test: TestApp;
let api: ApiClient;
let tenant: Tenant;
let officeId: string;

beforeAll(async () => {
  test = await openTestApp({ manualClock: true });
  api = await ApiClient.open(test.url, '/api/v1/openapi.json');
  tenant = await test.newTenant('host');
  officeId = (await test.newOffice(tenant, 'aria')).office.id;
});
afterAll(() => test.close());

const clock = () => test.clock as ManualClock;
const call = (method: string, path: string, body?: unknown, key = tenant.key) =>
  api.call(method, path, { key, ...(body === undefined ? {} : { body }) });
const invite = async (body: object = {}) => (await call('POST', `/api/v1/offices/${officeId}/invites`, body)).body;
const join = async (body: unknown) => api.call('POST', '/api/agents/join', { body });

describe('the way of an agent that lives elsewhere, in the order of the document', () => {
  let joined: {
    api_key: string;
    agent_name: string;
    office_id: string;
    bot_id: string;
    xmtp: { office_group_id: string };
  };

  it('is invited by a code of six letters that nobody takes for one another', async () => {
    const made = await invite({ label: 'for jared' });
    expect(made).toMatchObject({ state: 'open', type: 'agent', used_by: null, officeId });
    expect(made.code).toMatch(/^[A-HJ-NP-Z2-9]{6}$/);
    expect(made.claim).toBe(`${test.url}/r/${made.code}`);
    expect(JSON.stringify(await test.house.engine.db.selectFrom('invites').selectAll().execute())).not.toContain(
      made.code,
    );
    const page = await fetch(made.claim);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining(made.code)]);
    const { publicKey } = generateKeyPair();
    const answer = await join({
      // As it was shared: an address, in whatever case.
      code: made.claim.toLowerCase(),
      agent_name: 'jared',
      xmtp_address: '0xabc',
      public_key: publicKey,
      capabilities: ['xmtp', 'files', 'tasks'],
    });
    expect(answer).toMatchObject({
      status: 201,
      body: {
        agent_name: 'jared',
        office_id: officeId,
        xmtp: { registered: true, office_group_id: expect.any(String) },
      },
    });
    joined = answer.body;
    expect(joined.api_key).toMatch(/^mia_/);
  });

  it('then has an employee row, a bot on the dashboard, and a place in the office group', async () => {
    const employee = (await call('GET', `/api/v1/offices/${officeId}/employees/jared`)).body;
    expect(employee).toMatchObject({ id: joined.bot_id, originSource: 'external', driver: 'external' });
    const groups = (await call('GET', `/api/offices/${officeId}/xmtp?view=groups`)).body.groups;
    expect(groups).toMatchObject([{ id: joined.xmtp.office_group_id, members: ['aria', 'jared', 'user'] }]);
    const stop = new AbortController();
    const stream = await fetch(`${test.url}/api/dashboard/stream?office=${officeId}`, {
      headers: { authorization: `Bearer ${tenant.key}` },
      signal: stop.signal,
    });
    const reader = (stream.body as ReadableStream<Uint8Array>).getReader();
    const first = new TextDecoder().decode((await reader.read()).value);
    stop.abort();
    expect(first).toContain('event: bots');
    expect(JSON.parse(/data: (.*)/.exec(first)?.[1] ?? '').bots).toContainEqual(
      expect.objectContaining({ bot_id: joined.bot_id, name: 'jared', originSource: 'external' }),
    );
  });

  it('joins in the order that the document recommends, and sees itself come live', async () => {
    const watched = (await call('POST', '/api/v1/offices', { name: 'joined', forceCreate: true })).body.id;
    const { body: invited } = await call('POST', `/api/v1/offices/${watched}/invites`, {});
    // 1 and 2: the answer is all that the agent keeps; its key is told this once.
    const kept = (await join({ code: invited.code, agent_name: 'newcomer' })).body;
    expect(kept).toMatchObject({ office_id: watched, agent_name: 'newcomer', bot_id: expect.any(String) });
    // 3: office chat is ready.
    expect(kept.xmtp.registered).toBe(true);
    const office = `/api/offices/${kept.office_id}`;
    const { groups } = (await call('GET', `${office}/xmtp?view=groups`, undefined, kept.api_key)).body;
    expect(groups).toMatchObject([{ id: kept.xmtp.office_group_id, members: ['newcomer', 'user'] }]);
    // 5: the data of the office that was told.
    const dashboard = await call('GET', `/api/v1/offices/${kept.office_id}/employees`, undefined, kept.api_key);
    expect(dashboard.body).toMatchObject([{ id: kept.bot_id, name: 'newcomer', originSource: 'external' }]);
    // 6: the stream, where what changes arrives without asking again.
    const stop = new AbortController();
    const agent = new MitosisClient({ endpoint: test.url, apiKey: kept.api_key });
    const frames = agent.dashboard.stream(kept.office_id, { signal: stop.signal })[Symbol.asyncIterator]();
    const next = async (name: string) => {
      for (;;) {
        const { value, done } = await frames.next();
        if (done === true) throw new Error(`the stream ended before ${name}`);
        if (value.event === name) return JSON.parse(value.data);
      }
    };
    expect(await next('bots')).toMatchObject({
      office_id: kept.office_id,
      bots: [{ bot_id: kept.bot_id, name: 'newcomer', originSource: 'external' }],
    });
    await call('POST', `/api/v1/offices/${kept.office_id}/employees`, { name: 'colleague' });
    expect(await next('bot')).toMatchObject({ name: 'colleague', change: 'hired', originSource: 'office' });
    stop.abort();
  });

  it('beats, is online for two minutes, and comes back by itself', async () => {
    const beat = await api.call('POST', '/api/agents/heartbeat', {
      headers: { 'x-agent-api-key': joined.api_key },
      body: {},
    });
    expect(beat.body.ok).toBe(true);
    const presence = async () =>
      (await call('GET', `/api/v1/offices/${officeId}/employees/jared/presence`)).body.online;
    expect(await presence()).toBe(true);
    clock().advance(121_000);
    expect(await presence()).toBe(false);
    const self = (await call('GET', '/api/agents/self', undefined, joined.api_key)).body;
    expect(self).toMatchObject({
      agent_name: 'jared',
      originSource: 'external',
      capabilities: ['xmtp', 'files', 'tasks'],
    });
    // A request of its own is a beat, which is written beside the answer and not before it.
    await eventually('it is online again', async () => ((await presence()) ? true : undefined));
    expect((await call('GET', '/api/agents/self')).status).toBe(403);
  });

  it('talks: to a person, in the office group; nobody speaks for it', async () => {
    const proxy = `/api/offices/${officeId}/xmtp`;
    const own = (body: object) => call('POST', proxy, body, joined.api_key);
    expect((await own({ action: 'send', from: 'jared', to: 'user', body: 'hello' })).body.message.from_agent).toBe(
      'jared',
    );
    const { messages } = (await call('GET', `${proxy}?view=messages&agent=jared&peer=user&limit=50`)).body;
    expect(messages.map((message: { body: string }) => message.body)).toEqual(['hello']);
    const groupId = joined.xmtp.office_group_id;
    await own({ action: 'group-send', groupId, from: 'jared', body: 'hello team' });
    const said = (await call('GET', `${proxy}?view=group-messages&groupId=${groupId}`)).body.messages;
    expect(said.at(-1)).toMatchObject({ from_agent: 'jared', body: 'hello team' });
    expect((await call('GET', `${proxy}?view=conversations`)).body.conversations).toHaveLength(1);
    expect((await call('POST', proxy, { action: 'send', from: 'jared', to: 'aria', body: 'x' })).status).toBe(400);
    expect((await own({ action: 'send', from: 'aria', to: 'user', body: 'x' })).status).toBe(400);
    expect((await own({ action: 'send', to: 'user' })).body.message).toContain('body');
    const { group } = (await call('POST', proxy, { action: 'create-group', name: 'crew', members: ['aria'] })).body;
    await call('POST', proxy, { action: 'add-member', groupId: group.id, agent: 'jared' });
    await call('POST', proxy, { action: 'rename-group', groupId: group.id, name: 'crew two' });
    const listed = (await call('GET', `/api/v1/offices/${officeId}/xmtp/groups`)).body;
    expect(listed.find((one: { id: string }) => one.id === group.id)).toMatchObject({
      name: 'crew two',
      members: ['aria', 'jared', 'user'],
    });
  });

  it('fetches its work with its own key, through the SDK too', async () => {
    const agent = new MitosisClient({ endpoint: test.url, apiKey: joined.api_key });
    const { body: task } = await call('POST', `/api/v1/offices/${officeId}/tasks`, {
      title: 'Count',
      assigned_to: 'jared',
    });
    expect((await agent.tasks.list(officeId)).map(({ id }) => id)).toContain(task.id);
    expect((await agent.capabilities.self(officeId)).permissions).not.toContain('agents:write');
  });

  it('leaves the office group when it is fired, and its key ends', async () => {
    await call('DELETE', `/api/v1/offices/${officeId}/employees/jared`);
    const groups = (await call('GET', `/api/offices/${officeId}/xmtp?view=groups`)).body.groups;
    expect(groups[0].members).toEqual(['aria', 'user']);
    expect((await call('GET', '/api/agents/self', undefined, joined.api_key)).status).toBe(401);
  });
});

describe('a join that fails says why, in the words of the document', () => {
  const errorOf = async (body: unknown) => {
    const { status, body: answer } = await join(body);
    return [status, answer.error];
  };

  it('invalid_json, what is required, invalid_code', async () => {
    for (const broken of ['{', '[]', '"x"']) expect(await errorOf(broken)).toEqual([400, 'invalid_json']);
    for (const body of [{}, { code: 'ABC234' }, { agent_name: 'x' }, { code: ' ', agent_name: 'x' }])
      expect(await errorOf(body)).toEqual([400, 'code and agent_name are required']);
    expect(await errorOf({ code: 'ABCD1234', agent_name: 'x' })).toEqual([400, 'invalid_code']);
  });

  it('code_used, code_expired, wrong_invite_type; what was revoked is unknown', async () => {
    const once = await invite();
    expect((await join({ code: once.code, agent_name: 'one' })).status).toBe(201);
    expect(await errorOf({ code: once.code, agent_name: 'two' })).toEqual([410, 'code_used']);
    const short = await invite({ expires_in_hours: 1 });
    clock().advance(3_600_000);
    expect(await errorOf({ code: short.code, agent_name: 'two' })).toEqual([410, 'code_expired']);
    const people = await invite({ type: 'human' });
    expect(await errorOf({ code: people.code, agent_name: 'two' })).toEqual([400, 'wrong_invite_type']);
    const revoked = await invite();
    expect((await call('DELETE', `/api/v1/offices/${officeId}/invites/${revoked.id}`)).status).toBe(204);
    expect(await errorOf({ code: revoked.code, agent_name: 'two' })).toEqual([400, 'invalid_code']);
    const states = (await call('GET', `/api/v1/offices/${officeId}/invites`)).body.map(
      ({ state }: { state: string }) => state,
    );
    expect(states).toEqual(['revoked', 'open', 'expired', 'used', 'used']);
  });

  it('no_office, when it was closed meanwhile', async () => {
    const { office } = await test.newOffice(tenant);
    const { body } = await call('POST', `/api/v1/offices/${office.id}/invites`, {});
    await call('DELETE', `/api/v1/offices/${office.id}`);
    expect(await errorOf({ code: body.code, agent_name: 'late' })).toEqual([400, 'no_office']);
  });

  it('a name that is taken uses no code up; of ten at once one gets in', async () => {
    const { code } = await invite();
    expect(await errorOf({ code, agent_name: 'aria' })).toEqual([409, 'name_taken']);
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, index) => join({ code, agent_name: `racer-${index}` })),
    );
    expect(all.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(410)]);
  });

  it('a stranger takes nobody’s place, and who guesses codes is slowed down', async () => {
    await call('POST', `/api/offices/${officeId}/xmtp`, {
      action: 'send',
      from: 'olga',
      to: 'aria',
      body: 'between us',
    });
    const { code } = await invite();
    expect(await errorOf({ code, agent_name: 'olga' })).toEqual([409, 'name_taken']);
    clock().advance(600_000);
    const guesses = [];
    for (let index = 0; index < 21; index++)
      guesses.push((await errorOf({ code: `AAAA${index}`, agent_name: 'x' }))[0]);
    expect(guesses).toEqual([...Array(20).fill(400), 429]);
    expect((await join({ code, agent_name: 'honest' })).status).toBe(429);
    clock().advance(600_000);
    expect((await join({ code, agent_name: 'honest' })).status).toBe(201);
  });

  it('nobody is named as the id or the number of another, so that what is meant for one reaches no other', async () => {
    const { code } = await invite({});
    const [colleague] = await test.house.engine.db.selectFrom('agents').selectAll().limit(1).execute();
    for (const agent_name of [colleague?.id, colleague?.id.toUpperCase(), String(colleague?.number)])
      expect(await join({ code, agent_name }), agent_name).toMatchObject({ status: 400 });
  });

  it('agents invite nobody, and strangers see no invites', async () => {
    const { code } = await invite();
    const { api_key } = (await join({ code, agent_name: 'guest' })).body;
    expect((await call('POST', `/api/v1/offices/${officeId}/invites`, {}, api_key)).status).toBe(403);
    const stranger = await test.newTenant('stranger');
    expect((await call('GET', `/api/v1/offices/${officeId}/invites`, undefined, stranger.key)).status).toBe(404);
    expect((await call('GET', `/api/offices/${officeId}/xmtp?view=groups`, undefined, stranger.key)).status).toBe(404);
  });
});

describe('an invite for a person', () => {
  const claim = (body: object, key?: string) =>
    api.call('POST', '/auth/claim', { body, ...(key === undefined ? {} : { key }) });

  it('lets one in as a member of the organisation, with a key of their own', async () => {
    const made = await invite({ type: 'human', label: 'Ida' });
    expect(made).toMatchObject({ type: 'human', state: 'open' });
    expect((await join({ code: made.code, agent_name: 'spy' })).body.error).toBe('wrong_invite_type');
    const agentInvite = await invite();
    expect(await claim({ code: agentInvite.code })).toMatchObject({
      status: 400,
      body: { error: 'wrong_invite_type' },
    });
    expect(await claim({ code: 'ZZZZZZ' })).toMatchObject({ status: 400, body: { error: 'invalid_code' } });
    expect(await claim({ code: made.code, email: 'not an address' })).toMatchObject({ status: 400 });
    const claimed = await claim({ code: made.claim.toLowerCase(), email: 'ida@example.com' });
    expect(claimed).toMatchObject({ status: 200, body: { officeId, onboarding: { officeName: expect.any(String) } } });
    const { key, userId } = claimed.body;
    expect(await claim({ code: made.code })).toMatchObject({ status: 410, body: { error: 'code_used' } });
    const ida = new MitosisClient({ endpoint: test.url, apiKey: key });
    expect(await ida.me()).toMatchObject({ email: 'ida@example.com', name: 'Ida' });
    expect((await ida.offices.list()).map(({ id }) => id)).toContain(officeId);
    expect((await ida.capabilities.self(officeId)).permissions).toEqual(
      (await ida.roles.get(officeId, 'member')).permissions,
    );
    // A member lets nobody in.
    await expect(ida.invites.create(officeId, { type: 'human' })).rejects.toMatchObject({ status: 403 });
    expect((await call('GET', `/api/v1/offices/${officeId}/invites`)).body).toContainEqual(
      expect.objectContaining({ type: 'human', state: 'used', used_by: userId }),
    );
  });

  it('keeps who comes with a key who they are', async () => {
    const other = await test.newTenant('elsewhere');
    const before = await call('GET', '/api/v1/offices', undefined, other.key);
    expect(JSON.stringify(before.body)).not.toContain(officeId);
    const { code } = await invite({ type: 'human' });
    const claimed = await claim({ code }, other.key);
    expect(claimed.body.userId).toBe(other.principal.userId);
    expect(JSON.stringify((await call('GET', '/api/v1/offices', undefined, other.key)).body)).toContain(officeId);
  });
});
