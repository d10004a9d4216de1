import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MitosisClient } from '@guildhall/sdk';
import { ApiClient, eventually } from '@guildhall/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueKey } from '../../domain/identity/index.ts';
import { openTestApp, type Tenant, type TestApp } from '../../testing/test-app.ts';

/** What somebody found who attacked these routes: each of it worked once. */
let test: TestApp;
let tenant: Tenant;
let mi: MitosisClient;

beforeAll(async () => {
  test = await openTestApp();
  const api = await ApiClient.open(test.url, '/api/v1/openapi.json');
  const real = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const response = await real(input, init);
    if ((response.headers.get('content-type') ?? '').includes('json')) {
      const { status, headers } = response;
      const body: unknown = JSON.parse((await response.clone().text()) || '""');
      api.check(init?.method ?? 'GET', new URL(String(input)).pathname, { status, headers, body }, true);
    }
    return response;
  };
  tenant = await test.newTenant('house');
  mi = clientOf(tenant.key);
});
afterAll(() => test.close());

const clientOf = (apiKey: string) => new MitosisClient({ endpoint: test.url, apiKey, timeout: 5_000 });
const newOffice = async (owner = mi) => (await owner.offices.create({ name: 'attacked', forceCreate: true })).id;
const agentIn = async (office: string, name: string, driver?: 'external', owner = mi) => {
  await owner.employees.hire(office, { name, ...(driver === undefined ? {} : { driver }) });
  return clientOf((await owner.employees.rotateCredentials(office, name)).api_key);
};
const scoped = async (...scopes: string[]) =>
  clientOf(
    (
      await issueKey(tenant.context, {
        family: 'organization_live',
        name: 'scoped',
        organizationId: tenant.organizationId,
        scopes,
      })
    ).key,
  );

describe('an idempotent request', () => {
  it('that acts as the house waits for no second transaction, and holds nobody up', async () => {
    const office = await newOffice();
    const far = await agentIn(office, 'far', 'external');
    const clone = (code: string) =>
      far.transport.request('POST', '/api/agents/clone', {
        body: { code },
        headers: { 'idempotency-key': `k-${code}` },
      });
    await expect(clone('ZZZZZZ')).rejects.toMatchObject({ status: 400 });
    const { code } = await mi.invites.create(office);
    const made = await clone(code);
    expect(await clone(code)).toEqual(made);
    await mi.tasks.create(office, { title: 'still writes' });
  });
});

describe('an office that changed hands', () => {
  it('is heard no more by who listened before, takes no package of the giver, and sends nothing to where the giver said', async () => {
    const office = await newOffice();
    const other = await newOffice();
    const spy = await agentIn(other, 'spy', 'external');
    const { code } = await mi.invites.create(office);
    const { transfer_id } = await spy.agents.clone({ code });
    await mi.offices.updateSettings(office, { integration_urls: { github: 'https://giver.example' } });
    const heard: string[] = [];
    let end = '';
    const listening = (async () => {
      for await (const { event, data } of mi.messages.stream(office, { deltas: true })) {
        if (event === 'end') end = JSON.parse(data).reason;
        heard.push(event ?? '');
      }
    })();
    await eventually('the giver listens', () => (heard.includes('connected') ? true : undefined));
    const taker = await test.newTenant('taker');
    const theirs = clientOf(taker.key);
    await mi.offices.transfer(office, taker.principal.userId);
    await theirs.offices.acceptTransfer(office);
    await listening;
    expect(end).toBe('office_moved');
    expect(await theirs.offices.getSettings(office)).not.toHaveProperty('integration_urls');
    const manifest = { version: '1.0' as const, agent_name: 'spy', files: {} };
    await expect(spy.agents.transferState({ transfer_id, manifest })).rejects.toMatchObject({ status: 409 });
    expect(await spy.agents.transferStatus(transfer_id)).toMatchObject({ phase: 'failed' });
  });
});

describe('a package of a clone', () => {
  it('is sent by its origin or by who manages agents, and not before its manifest', async () => {
    const office = await newOffice();
    const far = await agentIn(office, 'far', 'external');
    await mi.offices.updateSettings(office, { allow_agent_hiring: true });
    const { transfer_id } = await far.agents.clone();
    const manifest = { version: '1.0' as const, agent_name: 'far', files: {} };
    const reader = await scoped('agents:read', 'offices:read');
    expect((await reader.agents.transferStatus(transfer_id)).phase).toBe('awaiting_bundle');
    await expect(reader.agents.transferState({ transfer_id, manifest })).rejects.toMatchObject({ status: 403 });
    await expect(far.agents.uploadBundle(transfer_id, new Uint8Array(10))).rejects.toMatchObject({ status: 409 });
  });

  it('takes the place of nobody who was here', async () => {
    const office = await newOffice();
    await mi.employees.hire(office, { name: 'bo' });
    await mi.messages.send(office, { to: 'bo', content: 'Between us.' });
    await mi.employees.delete(office, 'bo');
    const stranger = await test.newTenant('stranger');
    const theirs = clientOf(stranger.key);
    const far = await agentIn(await newOffice(theirs), 'far', 'external', theirs);
    const { code } = await mi.invites.create(office);
    await expect(far.agents.clone({ code, name: 'bo' })).rejects.toMatchObject({ status: 409 });
  });
});

describe('a call of a service', () => {
  let service: Server;
  let seen: { url: string; length: string | undefined; body: string }[];
  let answer: (authorization: string) => Buffer;
  let office: string;
  let far: MitosisClient;
  beforeAll(async () => {
    seen = [];
    answer = () => Buffer.from('ok');
    service = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks).toString();
      seen.push({ url: request.url ?? '', length: request.headers['content-length'], body });
      response.end(answer(request.headers.authorization ?? ''));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => service.once('listening', resolve));
    const host = `127.0.0.1:${(service.address() as AddressInfo).port}`;
    office = await newOffice();
    far = await agentIn(office, 'far', 'external');
    await mi.offices.updateSettings(office, {
      integration_urls: { github: `http://${host}/base` },
      private_hosts: [host],
    });
    await mi.integrations.ensureSecret(office, 'github', 'gh-token-of-the-office');
    await mi.integrations.toggleAgent(office, 'github', 'far', true);
  });
  afterAll(() => service.close());
  const call = (request: object) => far.integrations.call(office, 'github', request as { path: string });

  it('shows the credential in no spelling and in no encoding', async () => {
    for (const said of [
      (key: string) => Buffer.from(`you said ${key}`),
      (key: string) => Buffer.concat([Buffer.from([0xff, 0x00]), Buffer.from(key)]),
      (key: string) => Buffer.from(Buffer.from(key).toString('base64')),
      (key: string) => Buffer.from(Buffer.from(`x:${key.slice(7)}`).toString('base64')),
      (key: string) => Buffer.from(Buffer.from(key.slice(7)).toString('hex')),
    ]) {
      answer = said;
      const { body, encoding } = await call({ path: '/x' });
      const bytes = encoding === 'base64' ? Buffer.from(body, 'base64') : Buffer.from(body);
      const texts = [
        bytes.toString('latin1'),
        Buffer.from(bytes.toString(), 'base64').toString('latin1'),
        Buffer.from(bytes.toString(), 'hex').toString(),
      ];
      expect(texts.join(' ')).not.toContain('token-of-the');
    }
    answer = () => Buffer.from('ok');
  });

  it('is one request, whatever its method and body', async () => {
    seen = [];
    const body = 'POST /elsewhere HTTP/1.1\r\nHost: internal\r\nContent-Length: 0\r\n\r\n';
    for (const method of ['DELETE', 'POST', 'GET']) await call({ method, path: '/x', body });
    expect(seen).toEqual(Array.from({ length: 3 }, () => ({ url: '/base/x', length: String(body.length), body })));
  });

  it('climbs out of its place in no encoding, and is recorded with what its path can be written as', async () => {
    seen = [];
    for (const path of ['/..%2f..%2fadmin', '/x%2f..%2f..%2fadmin', '/%252e%252e/x', '/..;/admin', '/%2e%2e%5cx'])
      await expect(call({ path })).rejects.toMatchObject({ status: 400 });
    expect(seen).toEqual([]);
    expect((await call({ path: `/${'a'.repeat(498)}😀` })).status).toBe(200);
    expect(await mi.events.list(office, { type: 'integration.called', limit: 1 })).toHaveLength(1);
  });

  it('is not made while its agent or its office is stopped; where it goes is for who may write secrets', async () => {
    await mi.offices.suspend(office);
    await expect(call({ path: '/x' })).rejects.toMatchObject({ status: 409 });
    await mi.offices.resume(office);
    const settings = { integration_urls: { github: 'https://elsewhere.example' } };
    await expect((await scoped('offices:write')).offices.updateSettings(office, settings)).rejects.toMatchObject({
      status: 403,
    });
  });
});

describe('what is private', () => {
  it('is in no detail of a task for who may not read chat, and in no refusal to delete a folder', async () => {
    const office = await newOffice();
    const far = await agentIn(office, 'far', 'external');
    const task = await mi.tasks.create(office, { title: 'Talked about' });
    expect((await (await scoped('tasks:read')).tasks.get(office, task.id)).linkedMessages).toEqual([]);
    await mi.files.upload(office, 'deals/open.txt', Buffer.from('open'));
    await mi.files.upload(office, 'deals/merger-with-acme.txt', Buffer.from('closed'));
    await mi.files.setPermissions(office, 'deals/merger-with-acme.txt', [{ agent_name: '*', access: 'none' }]);
    const refused = far.files.deleteFolder(office, 'deals', { recursive: true });
    await expect(refused).rejects.toMatchObject({ status: 403, message: expect.not.stringContaining('acme') });
    expect((await mi.files.list(office)).length).toBe(2);
  });

  it('a part can be read when the whole was deleted', async () => {
    const office = await newOffice();
    const whole = await mi.tasks.create(office, { title: 'whole' });
    const part = await mi.tasks.create(office, { title: 'part', parent_id: whole.number });
    await mi.tasks.delete(office, whole.id);
    expect((await mi.tasks.get(office, part.id)).parentId).toBe(whole.number);
  });
});

describe('what would fill the house', () => {
  it('is refused: folders without end, and what is no time', async () => {
    const office = await newOffice();
    await expect(mi.files.makeFolder(office, `${'a/'.repeat(40)}a`)).rejects.toMatchObject({ status: 400 });
    await mi.employees.hire(office, { name: 'ada' });
    await expect(
      mi.schedules.create(office, { agent: 'ada', prompt: 'x', at: '+275000-01-01T00:00:00Z' } as never),
    ).rejects.toMatchObject({ status: 400 });
  });
});

describe('an agent that was put away', () => {
  it('speaks and works no more, is given nothing, and has left the group of its office', async () => {
    const office = await newOffice();
    const far = await agentIn(office, 'far', 'external');
    const groups = async () => (await mi.xmtpApi.listGroups(office)).map(({ members }) => members);
    expect(await groups()).toEqual([['far', 'user']]);
    await mi.employees.hire(office, { name: 'bo' });
    expect(await groups()).toEqual([['bo', 'far', 'user']]);
    const [group] = await mi.xmtpApi.listGroups(office);
    await expect(mi.xmtpApi.removeMember(office, group?.id ?? '', 'bo')).rejects.toMatchObject({ status: 409 });
    await mi.employees.archive(office, 'far');
    expect(await groups()).toEqual([['bo', 'user']]);
    await expect(far.tasks.create(office, { title: 'x' })).rejects.toMatchObject({ status: 401 });
    await expect(mi.messages.send(office, { to: 'far', content: 'hello' })).rejects.toMatchObject({ status: 409 });
    await expect(mi.tasks.create(office, { title: 'x', assigned_to: 'far' })).rejects.toMatchObject({ status: 409 });
    await mi.employees.restore(office, 'far');
    expect(await groups()).toEqual([['bo', 'far', 'user']]);
    await far.tasks.create(office, { title: 'x' });
    await mi.employees.delete(office, 'bo');
    expect(await groups()).toEqual([['far', 'user']]);
  });
});

describe('a dashboard', () => {
  it('is told how each bot is when it comes, and when it goes; the group is the office', async () => {
    const office = await newOffice();
    const seen: { event: string | undefined; data: Record<string, unknown> }[] = [];
    const controller = new AbortController();
    const watching = (async () => {
      for await (const { event, data } of mi.dashboard.stream(office, { signal: controller.signal }))
        seen.push({ event, data: JSON.parse(data) });
    })().catch((error: unknown) => expect(error).toMatchObject({ name: 'AbortError' }));
    const told = (event: string, more: object) =>
      eventually(`${event} is told`, () =>
        seen.some((one) => one.event === event && Object.entries(more).every(([key, value]) => one.data[key] === value))
          ? true
          : undefined,
      );
    await told('bots', { office_id: office });
    await mi.employees.hire(office, { name: 'far', driver: 'external' });
    await told('bot', { name: 'far', change: 'hired', originSource: 'external', status: 'offline' });
    const far = clientOf((await mi.employees.rotateCredentials(office, 'far')).api_key);
    await far.agents.heartbeat();
    await told('bot', { name: 'far', change: 'online', status: 'online' });
    await mi.employees.archive(office, 'far');
    await told('bot_removed', { name: 'far' });
    controller.abort();
    await watching;
    const { groups } = await mi.dashboard.view<{ groups: { members: string[] }[] }>(office, { view: 'groups' });
    expect(groups.map(({ members }) => members)).toEqual([['user']]);
  });
});

describe('tasks', () => {
  it('wait for no whole that waits for them; what failed is seen; words of others stay', async () => {
    const office = await newOffice();
    const far = await agentIn(office, 'far', 'external');
    const whole = await mi.tasks.create(office, { title: 'whole' });
    const part = await mi.tasks.create(office, { title: 'part', parentId: whole.id });
    await expect(
      mi.tasks.create(office, { title: 'deadlock', parentId: part.id, depends_on: [whole.number] }),
    ).rejects.toMatchObject({ status: 400 });
    await expect(far.tasks.update(office, whole.id, { title: 'mine' })).rejects.toMatchObject({ status: 403 });
    await far.tasks.update(office, part.id, { status: 'running' }).catch(() => undefined);
    const own = await mi.tasks.create(office, { title: 'hard', assigned_agent: 'far' });
    await far.tasks.update(office, own.id, { status: 'running' });
    expect(await far.tasks.update(office, own.id, { status: 'failed', error: 'No way in.' })).toMatchObject({
      status: 'failed',
      assignedAgent: 'far',
      blocked_reason: 'No way in.',
    });
    expect((await mi.tasks.list(office, { status: 'failed' })).map(({ id }) => id)).toEqual([own.id]);
    expect((await mi.tasks.stats(office)).failed).toBe(1);
  });
});

describe('the network that the house stands in', () => {
  it('is not opened by an office where the operator keeps it', async () => {
    const closed = await openTestApp({ environment: { GUILDHALL_PRIVATE_HOSTS: 'git.lan:443' } });
    try {
      const { key } = await closed.newTenant('closed');
      const owner = new MitosisClient({ endpoint: closed.url, apiKey: key, timeout: 5_000 });
      const officeId = await newOffice(owner);
      const host = new URL(closed.url).host;
      const refused = { status: 400, message: expect.stringMatching(/may not open|cannot be `open` here/) };
      for (const settings of [{ private_hosts: [host] }, { network: 'open' }]) {
        await expect(owner.offices.updateSettings(officeId, settings)).rejects.toMatchObject(refused);
      }
      await owner.offices.updateSettings(officeId, { private_hosts: ['Git.lan:443'], network: 'proxy' });
      await owner.offices.updateSettings(officeId, { integration_urls: { github: `${closed.url}/api` } });
      await owner.integrations.ensureSecret(officeId, 'github', 'ghp_0123456789abcdef');
      await expect(owner.integrations.call(officeId, 'github', { path: '/user' })).rejects.toMatchObject({
        message: expect.stringContaining('not in the public internet'),
      });
    } finally {
      await closed.close();
    }
  });
});

describe('a page of events', () => {
  it('is filled with what its reader may hear, however much it may not', async () => {
    const office = await newOffice();
    const aria = await agentIn(office, 'aria');
    await mi.employees.hire(office, { name: 'bo', driver: 'external' });
    await mi.tasks.create(office, { title: 'The first' });
    for (let turn = 0; turn < 25; turn++) await mi.messages.send(office, { to: 'bo', content: `between us ${turn}` });
    const heard = await aria.events.list(office, { limit: 5 });
    expect(heard).toHaveLength(5);
    expect(JSON.stringify(heard)).not.toContain('between us');
    expect(heard[0]).toMatchObject({ type: 'task.created' });
    const older = await aria.events.list(office, { limit: 5, before: heard[0]?.id ?? 0 });
    expect(older.length).toBeGreaterThan(0);
  });
});
