import { ApiClient } from '@guildhall/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueKey } from '../domain/identity/index.ts';
import { openTestApp, type Tenant, type TestApp } from '../testing/test-app.ts';

let test: TestApp;
let tenant: Tenant;
let stranger: Tenant;
let officeId: string;
const doors = ['/api/v1/openapi.json', '/api/docs/openapi.json', '/api/v1/docs'];
const clients = new Map<string, ApiClient>();

beforeAll(async () => {
  test = await openTestApp({ environment: { GUILDHALL_STRANGER_RATE_PER_MINUTE: '1000000' } });
  tenant = await test.newTenant('victim');
  stranger = await test.newTenant('stranger');
  const { office } = await test.newOffice(tenant, 'aria');
  officeId = office.id;
  for (const door of doors) clients.set(door, await ApiClient.open(test.url, door));
});
afterAll(() => test.close());

/** The envelope of each dialect, from the address alone. */
function expectEnvelope(path: string, body: Record<string, unknown>): void {
  if (/^\/api\/v1\/(plans|docs|status|spawn)|^\/\.well-known/.test(path))
    expect(body).toMatchObject({ code: expect.any(String), request_id: expect.any(String), error: body.code });
  else if (/^\/api\/(v1\/(offices|house|me)|offices|agents\/(heartbeat|self|clone|join)|dashboard)/.test(path))
    expect(body).toMatchObject({
      code: expect.any(String),
      message: expect.any(String),
      error: body.message,
      mend: expect.any(String),
    });
  else if (path.startsWith('/api/'))
    expect(body).toMatchObject({
      error: { code: expect.stringMatching(/^[A-Z_]+$/), message: expect.any(String), details: expect.any(Array) },
    });
}

/** Every documented route with addresses that exist, as data. */
function routes(): { client: ApiClient; method: string; path: string }[] {
  return doors.flatMap((door) => {
    const client = clients.get(door);
    return (client?.documented ?? []).map(({ method, path }) => {
      const values = [officeId, 'aria', 'x'];
      let index = path.includes('/offices/') ? 0 : 1;
      return {
        client: client as ApiClient,
        method,
        path: path.replaceAll('[^/]+', () => values[Math.min(index++, 2)] ?? 'x'),
      };
    });
  });
}

/** What these addresses cannot be asked without. */
const QUERY_OF: Record<string, string> = { '/api/search': '?q=x', '/api/agent-runs/idle-check': '?agent_name=aria' };
function queryFor(path: string): string {
  if (/cortex\/v1\/(?:get|history)$/.test(path)) return '?universal_id=agent:x';
  if (path.endsWith('/entities/neighbours')) return '?entity=x';
  if (path.endsWith('/entities/path')) return '?from=x&to=y';
  if (path.endsWith('/cortex/v1/graph')) return '?ids=agent:x';
  if (/^\/api\/offices\/[^/]+\/xmtp$/.test(path)) return '?view=groups';
  if (path === '/api/dashboard/stream') return `?office=${officeId}`;
  return QUERY_OF[path] ?? '';
}
// To join, a code is the credential; its own test tries what it refuses.
const OPEN = /^\/api\/(health|ready|version|v1\/plans|agents\/join$)|^\/\.well-known/;

describe('every route', () => {
  it('401 without a credential, with a wrong one, an expired and a revoked one', async () => {
    const expired = await issueKey(tenant.context, {
      family: 'user',
      name: 'x',
      organizationId: tenant.organizationId,
      userId: tenant.principal.userId,
      expiresAt: 1,
    });
    for (const { client, method, path } of routes().filter((route) => !OPEN.test(route.path))) {
      for (const key of [undefined, 'mi_wrong', 'eyJ.eyJ.x', expired.key]) {
        const answer = await client.call(method, path, key === undefined ? {} : { key });
        expect([method, path, answer.status]).toEqual([method, path, 401]);
        expect(answer.headers.get('www-authenticate')).toContain('Bearer');
        expectEnvelope(path, answer.body);
      }
    }
  });

  it('answers a stranger with a valid key of its own exactly as if the office did not exist', async () => {
    const nowhere = '01900000-0000-7000-8000-000000000000';
    for (const { client, method, path } of routes().filter((route) => route.path.includes(officeId))) {
      const body = method === 'GET' || method === 'DELETE' ? {} : { body: bodyFor(path) };
      const asked = `${path}${queryFor(path)}`;
      const theirs = await client.call(method, asked, { key: stranger.key, ...body });
      const none = await client.call(method, asked.replace(officeId, nowhere), { key: stranger.key, ...body });
      expect([method, path, theirs.status]).toEqual([method, path, 404]);
      expect(theirs.body.message).toBe(none.body.message.replace(nowhere, officeId));
      expect(theirs.body.code).toBe(none.body.code);
    }
  });

  it('403 with a key that lacks the scope', async () => {
    const { key } = await issueKey(tenant.context, {
      family: 'organization_live',
      name: 'none',
      organizationId: tenant.organizationId,
      scopes: ['keys:write'],
    });
    for (const { client, method, path } of routes().filter(
      (route) => !OPEN.test(route.path) && route.path !== '/api/v1/me',
    )) {
      const body = method === 'GET' || method === 'DELETE' ? {} : { body: bodyFor(path) };
      const answer = await client.call(method, `${path}${queryFor(path)}`, { key, ...body });
      expect([method, path, answer.status]).toEqual([method, path, 403]);
    }
  });

  it('400 for a body of the wrong type, field by field, 413 for one too large, 415 for one of another kind', async () => {
    for (const { client, method, path } of routes().filter(
      (route) =>
        ['POST', 'PATCH', 'PUT'].includes(route.method) &&
        !/files|start|stop|restart|retry|settings|pause|suspend|resume|archive|restore|rotate|accept|read$|llm-ping|bundle|invites|heartbeat|join|clone$|sync-key|rotate-secret/.test(
          route.path,
        ),
    )) {
      const tryBody = (body: unknown) => client.call(method, path, { key: tenant.key, body });
      for (const body of ['{', '"text"', '[]', '{"surprise":1}', '', '\u0000', '{"a":'.repeat(50)]) {
        const answer = await tryBody(body);
        expect([method, path, body, answer.status]).toEqual([method, path, body, 400]);
        expectEnvelope(path, answer.body);
      }
      for (const field of Object.keys(bodyFor(path))) {
        for (const value of [{ nested: true }, ['a'], true]) {
          const answer = await tryBody({ ...bodyFor(path), [field]: value });
          if (['members', 'add'].includes(field) && Array.isArray(value)) continue;
          if (['approve', 'enabled', 'accepted'].includes(field) && value === true) continue;
          expect([method, path, field, value, answer.status]).toEqual([method, path, field, value, 400]);
        }
      }
      expect([path, (await tryBody(JSON.stringify({ title: 'x'.repeat(tooMany(path)) }))).status]).toEqual([path, 413]);
      const form = await client.call(method, path, {
        key: tenant.key,
        body: 'a=b',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      expect([path, form.status]).toEqual([path, 415]);
    }
  });

  it('400 for a query of the wrong type', async () => {
    const wrong = ['limit=abc', 'limit=0', 'limit=-1', 'limit=1e9', 'limit=1.5'];
    for (const { client, method, path } of routes().filter(
      (route) =>
        route.method === 'GET' &&
        /(offices|employees|tasks|files|conversations|groups|history|events|agents|activity-log)$/.test(route.path),
    )) {
      for (const query of wrong)
        expect([path, query, (await client.call(method, `${path}?${query}`, { key: tenant.key })).status]).toEqual([
          path,
          query,
          400,
        ]);
      const cursor = await client.call(method, `${path}?cursor=rubbish`, { key: tenant.key });
      // Of what belongs to a task that is not there, only that can be said.
      expect(path.endsWith('/subtasks') ? [404] : [200, 400]).toContain(cursor.status);
    }
  });
});

/** A package may come in its request. */
const tooMany = (path: string) => (path.endsWith('/clone/transfer') ? 20_100_000 : 1_100_000);

/** A good body for each kind of route. */
function bodyFor(path: string): Record<string, unknown> {
  if (path.includes('/cortex/')) return memoryBodyFor(path);
  if (/\/integrations\/[^/]+\/secret$/.test(path)) return { key: 'x' };
  if (/\/integrations\/[^/]+\/agents\/[^/]+$/.test(path)) return { enabled: false };
  if (/\/integrations\/[^/]+\/call$/.test(path)) return { path: '/x' };
  if (/\/integrations\/[^/]+\/status$/.test(path)) return { status: 'active' };
  if (path.endsWith('/clone/transfer'))
    return { transfer_id: 'x', manifest: { version: '1.0', agent_name: 'x', files: {} } };
  if (path.endsWith('/transfer')) return { new_owner_id: 'x' };
  if (path.endsWith('/quota')) return { tier: 'test' };
  if (path.endsWith('/invites')) return { label: 'x' };
  if (/^\/api\/offices\/[^/]+\/xmtp$/.test(path)) return { action: 'send', to: 'aria', body: 'x' };
  if (path.endsWith('/permissions')) return [] as unknown as Record<string, unknown>;
  if (path.endsWith('/promote')) return { modelTier: 'none' };
  if (path.endsWith('/lifecycle')) return { action: 'start' };
  if (path.endsWith('/employees/aria/events') || path.endsWith('/pod-event')) return { type: 'x' };
  if (path.endsWith('/rotate')) return {};
  if (/\/delegates\/[^/]+$/.test(path)) return { permissions: ['tasks:read'] };
  if (path.endsWith('/env')) return { A: 'x' };
  if (/\/(?:env|secrets)\/[^/]+$/.test(path)) return { value: 'x' };
  if (path.endsWith('/employees')) return { name: 'new-one' };
  if (/employees\/[^/]+$/.test(path)) return { role: 'x' };
  if (path.endsWith('/tasks')) return { title: 'a task' };
  if (/\/tasks\/[^/]+$/.test(path)) return { title: 'a task' };
  if (/\/tasks\/[^/]+\/verify$/.test(path)) return { accepted: true };
  if (/\/tasks\/[^/]+\/comments$/.test(path)) return { body: 'x' };
  if (/\/tasks\/[^/]+\/artifacts$/.test(path)) return { path: 'https://example.org' };
  if (path.endsWith('/credits')) return { amount: 1, reason: 'x' };
  if (path === '/api/agents/clone') return { name: 'x' };
  if (path.endsWith('/_folders')) return { path: 'x' };
  if (path.endsWith('/move')) return { to: 'y' };
  if (path.endsWith('/read')) return { as: 'user' };
  if (path.endsWith('/groups')) return { members: ['aria'] };
  if (path.endsWith('/members')) return { agent_name: 'aria' };
  if (/groups\/[^/]+$/.test(path)) return { name: 'x' };
  if (path.endsWith('/messages/send')) return { to: 'aria', content: 'x' };
  if (path.endsWith('/xmtp/send')) return { agent_id: 'aria', content: 'x' };
  if (path.endsWith('/send') || path.endsWith('/messages')) return { content: 'x' };
  if (path.endsWith('/activity-log')) return { actor_type: 'user', actor_id: 'x', action: 'x' };
  if (path.endsWith('/agents')) return { name: 'new-two' };
  if (/(stop|start|restart|pause|suspend|resume)$/.test(path)) return { note: 'x' };
  if (path.endsWith('/schedules')) return { agent: 'aria', prompt: 'x', every_seconds: 60 };
  if (path.endsWith('/evidence-check')) return { result: 'x' };
  if (path.endsWith('/skills')) return { add: ['x'] };
  if (path.endsWith('/action')) return { action: 'start' };
  if (path.endsWith('/decision')) return { approve: true };
  if (path.endsWith('/files')) return {};
  return { name: 'x' };
}

function memoryBodyFor(path: string): Record<string, unknown> {
  if (path.endsWith('/remember')) return { text: 'x', kind: 'insight' };
  if (path.endsWith('/correct')) return { universal_id: 'agent:x', text: 'x', reason: 'x' };
  if (path.endsWith('/forget')) return { universal_ids: ['agent:x'] };
  if (path.endsWith('/why')) return { query: 'x', universal_id: 'agent:x' };
  if (path.endsWith('/ingest')) return { feed_key: 'ext_x.y', rows: [{ external_id: 'x', content: 'x' }] };
  if (path.endsWith('/conversation')) return { turns: [{ role: 'user', text: 'x' }], session_id: 'x' };
  if (path.endsWith('/ensure-table')) return { target_schema: 'ext_x' };
  if (path.endsWith('/register')) return { integration_id: 'x', schema: 'ext_x' };
  if (path.endsWith('/enrichment')) return { mode: 'standard' };
  if (path.endsWith('/merges')) return { from: 'x', into: 'y', reason: 'x' };
  return { query: 'x' };
}

describe('addresses that are not served', () => {
  it.each([
    '/api/v1/offices/x/nothing',
    '/api/nothing',
    '/api/v1/spawn/test',
    '/nothing',
    '/api/v1/offices/%00',
    '/api/tasks/%ff',
    '/api/tasks/%E0%A4%A',
    `/api/tasks/${'9'.repeat(40)}`,
    `/api/tasks/${'x'.repeat(5000)}`,
  ])('404 or 400 in the envelope of its dialect: %s', async (path) => {
    const answer = await fetch(test.url + path, { headers: { authorization: `Bearer ${tenant.key}` } });
    expect([400, 404, 414]).toContain(answer.status);
    expectEnvelope(path, (await answer.json()) as Record<string, unknown>);
  });

  it('405 with the methods that are served', async () => {
    const answer = await fetch(`${test.url}/api/v1/offices`, { method: 'PUT' });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, HEAD, POST');
    expectEnvelope('/api/v1/offices', (await answer.json()) as Record<string, unknown>);
  });
});

describe('text', () => {
  const hire = (name: string) =>
    clients
      .get(doors[0] ?? '')
      ?.call('POST', `/api/v1/offices/${officeId}/employees`, { key: tenant.key, body: { name } });

  it.each(['ünïcode', '漢字', 'Ω-7', 'naïve.bot'])('a name in any script is kept as it is: %s', async (name) => {
    const hired = await hire(name);
    expect(hired).toMatchObject({ status: 201, body: { name: name.normalize('NFC') } });
    const found = await fetch(
      `${test.url}/api/v1/offices/${officeId}/employees/${encodeURIComponent(name.normalize('NFD'))}`,
      { headers: { authorization: `Bearer ${tenant.key}` } },
    );
    expect(found.status).toBe(200);
  });

  it.each([
    '',
    '   ',
    'a/b',
    '../x',
    'a b',
    'user',
    'admin-sdk',
    '.hidden',
    'x'.repeat(64),
    'a\u0000b',
    '\ud800',
    '🙂',
    "'; drop table agents; --",
  ])('a name that cannot be one is refused: %j', async (name) => {
    expect((await hire(name))?.status).toBe(400);
  });

  it('what would steer HTML, SQL or a prototype is only text, or refused', async () => {
    const client = clients.get(doors[0] ?? '');
    const title = `<script>alert(1)</script>'; drop table tasks; -- \u202e %s \${x} {{x}}`;
    const created = await client?.call('POST', `/api/v1/offices/${officeId}/tasks`, {
      key: tenant.key,
      body: { title },
    });
    expect(created?.body.title).toBe(title);
    const polluted = await client?.call('POST', `/api/v1/offices/${officeId}/tasks`, {
      key: tenant.key,
      body: '{"title":"x","__proto__":{"admin":true}}',
    });
    expect(polluted?.status).toBe(400);
  });
});

it('a first-party token is refused while JWT_SECRET is not set', async () => {
  const token = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.${Buffer.from('{"userId":""}').toString('base64url')}.c2ln`;
  const answer = await fetch(`${test.url}/api/v1/offices`, { headers: { authorization: `Bearer ${token}` } });
  expect(answer.status).toBe(401);
  expect(await answer.json()).toMatchObject({ message: expect.stringContaining('JWT_SECRET') });
});
