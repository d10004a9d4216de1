import { ApiClient, eventually, startXmtpNetwork, type XmtpNetwork } from '@guildhall/testing';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type App, openApp } from '../app.ts';
import { readConfig } from '../config.ts';
import { openTestApp, type Tenant, type TestApp } from '../testing/test-app.ts';
import { Outsider } from '../testing/xmtp-outsider.ts';

let network: XmtpNetwork;
let test: TestApp;
let tenant: Tenant;
let api: ApiClient;
let officeId: string;
/** The second start of the house. */
let next: App | undefined;
const outsiders: Outsider[] = [];
const meet = async () => {
  const outsider = await Outsider.open(network);
  outsiders.push(outsider);
  return outsider;
};
const call = (method: string, path: string, body?: unknown) =>
  api.call(method, `/api/v1/offices/${officeId}${path}`, { key: tenant.key, ...(body === undefined ? {} : { body }) });
const addressOf = (agent: string) =>
  eventually(`${agent} to be on XMTP`, async () => {
    const { body } = await call('GET', `/employees/${agent}/integrations`);
    const xmtp = body.integrations.find(({ id }: { id: string }) => id === 'xmtp');
    return xmtp?.status === 'active' ? (xmtp.address as string) : undefined;
  });
const eventsOf = async (type: string) =>
  test.house.engine.db
    .selectFrom('events')
    .selectAll()
    .where('type', '=', type)
    .where('office_id', '=', officeId)
    .execute();
const environment = () => ({
  GUILDHALL_XMTP_ENV: 'local',
  GUILDHALL_XMTP_URL: network.url,
  GUILDHALL_XMTP_FOLDER: process.env.XMTP_PATH ?? '',
});

beforeAll(async () => {
  network = await startXmtpNetwork();
  test = await openTestApp({ supervise: true, environment: environment() });
  api = await ApiClient.open(test.url, '/api/v1/openapi.json');
  tenant = await test.newTenant('bridged');
  officeId = (await test.newOffice(tenant, 'aria', 'bert', 'carl')).office.id;
  for (const agent of ['aria', 'bert'])
    expect((await call('POST', `/integrations/xmtp/agents/${agent}`, { enabled: true })).status).toBe(204);
});
afterAll(async () => {
  for (const outsider of outsiders) await outsider.close();
  await (next === undefined ? test.close() : next.close().then(() => test.database.drop()));
  await network.stop();
});

describe('an agent on the public XMTP network', () => {
  it('has an address of its own, whose key is sealed', async () => {
    const aria = await addressOf('aria');
    expect(aria).toMatch(/^0x[0-9a-f]{40}$/);
    expect(await addressOf('bert')).not.toBe(aria);
    expect(network.inboxIdOf(aria)).toBeDefined();
    const row = await test.house.engine.db.selectFrom('channel_accounts').selectAll().executeTakeFirstOrThrow();
    expect(row.sealed).toMatch(/^v1:/);
  });

  it('does not hear strangers, and tells of each once', async () => {
    const stranger = await meet();
    const aria = await addressOf('aria');
    await stranger.say(aria, 'buy this');
    await stranger.say(aria, 'buy that');
    const told = await eventually(
      'the stranger to be told of',
      async () => (await eventsOf('channel.stranger_refused'))[0],
    );
    expect(told.data).toMatchObject({ agent: 'aria', from: stranger.address });
    const welcome = await meet();
    await call('PATCH', '/settings', { xmtp_peers: [welcome.address] });
    await welcome.say(aria, 'hello aria');
    await welcome.hears(/./);
    expect(await eventsOf('channel.stranger_refused')).toHaveLength(1);
    expect(stranger.heard).toEqual([]);
  });

  it('answers whom the office lets begin, and the conversation is one of the house', async () => {
    const friend = await meet();
    const aria = await addressOf('aria');
    await call('PATCH', '/settings', { xmtp_peers: [friend.address] });
    await friend.say(aria, 'hello, what can you do?');
    const answer = await friend.hears(/reflex|rules/i);
    expect(answer.from).toBe(aria);
    const messages = await eventually('the answer to be known as delivered', async () => {
      const { body } = await call('GET', `/xmtp/messages/aria/${friend.address}`);
      return body.length === 2 && body[1].delivery !== 'sent' ? body : undefined;
    });
    expect(messages).toMatchObject([
      { from_agent: friend.address, content: 'hello, what can you do?', delivery: 'read' },
      { from_agent: 'aria', content: answer.text, delivery: 'delivered' },
    ]);
  });

  it('goes on hearing when the network hiccups', async () => {
    const friend = await meet();
    await call('PATCH', '/settings', { xmtp_peers: [friend.address] });
    network.dropStreams();
    await friend.say(await addressOf('aria'), 'hello, what can you do?');
    await friend.hears(/reflex|rules/i);
  });

  it('writes to an address first, and says who cannot be reached', async () => {
    const friend = await meet();
    const key = await keyOf('aria');
    const send = (to: string, body: string) =>
      api.call('POST', `/api/v1/offices/${officeId}/xmtp/send`, { key, body: { from: 'aria', to, body } });
    expect((await send(friend.address.toUpperCase().replace('0X', '0x'), 'I come in peace')).status).toBe(201);
    expect((await friend.hears(/peace/)).from).toBe(await addressOf('aria'));
    // Who was written to may answer, on no list.
    await call('PATCH', '/settings', { xmtp_peers: null });
    await friend.say(await addressOf('aria'), 'so do I');
    await friend.hears(/reflex|rules|know|remember/i);
    const nobody = `0x${'12'.repeat(20)}`;
    const lost = await send(nobody, 'anybody there?');
    expect(lost.status).toBe(201);
    const event = await eventually('the loss to be told', async () => (await eventsOf('message.undelivered'))[0]);
    expect(event.data).toMatchObject({ message_id: lost.body.message.id, reason: expect.stringContaining(nobody) });
    const { body } = await call('GET', `/xmtp/messages/aria/${nobody}`);
    expect(body).toMatchObject([{ delivery: 'failed' }]);
  });

  it('is written to by an agent of the same office here, not out there', async () => {
    const before = network.groupMessageCount();
    const key = await keyOf('bert');
    const to = await addressOf('aria');
    const sent = await api.call('POST', `/api/v1/offices/${officeId}/xmtp/send`, {
      key,
      body: { from: 'bert', to, body: 'neighbour' },
    });
    expect(sent.status).toBe(201);
    const { body } = await call('GET', '/xmtp/messages/bert/aria');
    expect(body[0]).toMatchObject({ from_agent: 'bert', content: 'neighbour' });
    expect(network.groupMessageCount()).toBe(before);
  });

  it('only speaks there when it is switched on, and nobody speaks for those outside', async () => {
    const friend = await meet();
    const carl = await api.call('POST', `/api/v1/offices/${officeId}/xmtp/send`, {
      key: await keyOf('carl'),
      body: { from: 'carl', to: friend.address, body: 'psst' },
    });
    expect([carl.status, carl.body.error?.message ?? carl.body.message]).toEqual([
      409,
      expect.stringContaining('not on xmtp'),
    ]);
    const forged = await call('POST', '/xmtp/send', { from: friend.address, to: 'aria', body: 'I am somebody else' });
    expect(forged.status).toBe(400);
    const asPerson = await call('POST', '/xmtp/send', { from: 'user', to: friend.address, body: 'hi' });
    expect(asPerson.status).toBe(404);
    const address = await call('POST', '/employees', { name: friend.address });
    expect(address.status).toBe(400);
  });

  it('is in groups: hears what is said, speaks when it is mentioned', async () => {
    const friend = await meet();
    await call('PATCH', '/settings', { xmtp_peers: [friend.address] });
    const aria = await addressOf('aria');
    const bert = await addressOf('bert');
    const opened = await friend.openGroup('Harvest\u0007', [aria, bert]);
    const say = (text: string) => friend.sayInGroup(opened, text);
    await say('anybody here?');
    await say('@aria hello, what can you do?');
    const answer = await friend.hears(/reflex|rules/i);
    expect(answer).toMatchObject({ from: aria, conversationId: opened.id });
    const groups = await call('GET', '/xmtp/groups');
    const group = groups.body.find(({ name }: { name: string }) => name === 'Harvest');
    expect(group.members).toEqual([friend.address, 'aria', 'bert'].sort());
    const { body } = await call('GET', `/xmtp/groups/${group.id}/messages`);
    expect(body.map(({ from_agent }: { from_agent: string }) => from_agent)).toEqual([
      friend.address,
      friend.address,
      'aria',
    ]);
    // By the id that the network has for it, too.
    expect((await call('GET', `/xmtp/groups/${opened.id}/messages`)).body).toEqual(body);
    expect((await call('PATCH', `/xmtp/groups/${group.id}`, { name: 'ours' })).status).toBe(409);
  });

  it('opens a group with addresses outside, and says who is not there', async () => {
    const friend = await meet();
    const other = await meet();
    const bert = await addressOf('bert');
    const members = ['aria', bert.toUpperCase().replace('0X', '0x'), friend.address, other.address];
    const made = await call('POST', '/xmtp/groups', { name: 'Regatta', members });
    expect(made).toMatchObject({
      status: 201,
      body: { members: [friend.address, other.address, 'aria', 'bert'].sort() },
    });
    const say = (agent: string, content: string) =>
      keyOf(agent).then((key) =>
        api.call('POST', `/api/v1/offices/${officeId}/xmtp/groups/${made.body.id}/send`, { key, body: { content } }),
      );
    // Before it is open: it waits.
    expect((await say('aria', 'Welcome all.')).status).toBe(201);
    expect((await say('bert', 'I am here too.')).status).toBe(201);
    const [first, second] = await Promise.all([friend.hears(/Welcome/), other.hears(/here too/)]);
    expect([first.from, second.from]).toEqual([await addressOf('aria'), bert]);
    expect(first.conversationId).toBe(second.conversationId);
    // Both of them are in it out there, and heard each other here, once.
    const { body } = await call('GET', `/xmtp/groups/${made.body.id}/messages`);
    expect(body.map(({ content }: { content: string }) => content)).toEqual(['Welcome all.', 'I am here too.']);
    expect((await call('POST', `/xmtp/groups/${made.body.id}/send`, { content: 'psst' })).status).toBe(409);
    const nobody = `0x${'34'.repeat(20)}`;
    const empty = await call('POST', '/xmtp/groups', { name: 'Empty', members: ['aria', nobody] });
    const told = await eventually('the group not to open', async () => (await eventsOf('group.unopened'))[0]);
    expect(told).toMatchObject({ subject_id: empty.body.id, data: { reason: expect.stringContaining(nobody) } });
    expect((await call('POST', '/xmtp/groups', { members: ['carl', friend.address] })).status).toBe(409);
    expect((await call('POST', '/xmtp/groups', { members: ['user', 'aria', friend.address] })).status).toBe(400);
  });

  it('says once what waited while the network was away', async () => {
    const friend = await meet();
    const key = await keyOf('aria');
    network.refuse('unavailable');
    const sent = await api.call('POST', `/api/v1/offices/${officeId}/xmtp/send`, {
      key,
      body: { from: 'aria', to: friend.address, body: 'after the storm' },
    });
    expect(sent.status).toBe(201);
    await eventually('the first try to fail', async () => {
      const row = await test.house.engine.db
        .selectFrom('channel_deliveries')
        .selectAll()
        .where('message_id', '=', sent.body.message.id)
        .executeTakeFirst();
      return (row?.attempts ?? 0) > 0 ? row : undefined;
    });
    network.refuse(undefined);
    await friend.hears(/storm/);
    const sentAgain = async () => {
      const { db } = test.house.engine;
      const row = db.selectFrom('channel_deliveries').selectAll().where('message_id', '=', sent.body.message.id);
      return eventually('it to have left', async () => {
        const delivery = await row.executeTakeFirstOrThrow();
        return delivery.state === 'sent' ? delivery.external_id : undefined;
      });
    };
    const first = await sentAgain();
    // As if the process had died after the network took it and before it was known here.
    await test.house.engine.db
      .updateTable('channel_deliveries')
      .set({ state: 'queued', next_attempt_at: 0 })
      .where('message_id', '=', sent.body.message.id)
      .execute();
    expect(await sentAgain()).toBe(first);
    await api.call('POST', `/api/v1/offices/${officeId}/xmtp/send`, {
      key,
      body: { from: 'aria', to: friend.address, body: 'the last word' },
    });
    await friend.hears(/last word/);
    expect(friend.heard.filter(({ text }) => /storm/.test(text))).toHaveLength(1);
  });

  it('hears after a restart what was said meanwhile, and what was said before only once', async () => {
    const friend = await meet();
    const aria = await addressOf('aria');
    await call('PATCH', '/settings', { xmtp_peers: 'any' });
    await friend.say(aria, 'before the night');
    await friend.hears(/./);
    network.dropStreams();
    await test.app.close();
    await friend.say(aria, 'during the night');
    const { house } = await startAgain();
    const said = await eventually('what was said to be known', async () => {
      const rows = await house.engine.db
        .selectFrom('messages')
        .select(['content', 'sender'])
        .where('sender', '=', friend.address)
        .orderBy('id')
        .execute();
      return rows.length >= 2 ? rows : undefined;
    });
    expect(said.map(({ content }) => content)).toEqual(['before the night', 'during the night']);
    const accounts = await house.engine.db.selectFrom('channel_accounts').select('address').execute();
    expect(accounts.map(({ address }) => address)).toContain(aria);
  });
});

async function startAgain(): Promise<App> {
  const config = readConfig({
    ...environment(),
    GUILDHALL_DATA: test.database.folder,
    PORT: '0',
    GUILDHALL_LOG: 'silent',
    ...(test.database.databaseUrl === undefined ? {} : { DATABASE_URL: test.database.databaseUrl }),
  });
  next = await openApp({ config, log: pino({ level: 'silent' }), version: '0.0.0-test' });
  return next;
}

const agentOf = async (name: string) =>
  test.house.engine.db
    .selectFrom('agents')
    .selectAll()
    .where('office_id', '=', officeId)
    .where('name', '=', name)
    .executeTakeFirstOrThrow();

const keyOf = async (name: string): Promise<string> => {
  const { issueKey } = await import('../domain/identity/index.ts');
  const agent = await agentOf(name);
  const { key } = await issueKey(tenant.context, {
    family: 'agent',
    name,
    organizationId: agent.organization_id,
    agentId: agent.id,
  });
  return key;
};
