import { ApiClient } from '@guildhall/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApp, type Tenant, type TestApp } from '../testing/test-app.ts';

let test: TestApp;
let tenant: Tenant;
let officeId: string;
let client: ApiClient;

beforeAll(async () => {
  test = await openTestApp();
  tenant = await test.newTenant('victim');
  const { office } = await test.newOffice(tenant, 'aria');
  officeId = office.id;
  client = await ApiClient.open(test.url, '/api/v1/openapi.json');
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
    client.call('POST', `/api/v1/offices/${officeId}/employees`, { key: tenant.key, body: { name } });

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
    expect((await hire(name)).status).toBe(400);
  });

  it('what would steer HTML, SQL or a prototype is only text, or refused', async () => {
    const title = `<script>alert(1)</script>'; drop table tasks; -- \u202e %s \${x} {{x}}`;
    const created = await client.call('POST', `/api/v1/offices/${officeId}/tasks`, {
      key: tenant.key,
      body: { title },
    });
    expect(created.body.title).toBe(title);
    const polluted = await client.call('POST', `/api/v1/offices/${officeId}/tasks`, {
      key: tenant.key,
      body: '{"title":"x","__proto__":{"admin":true}}',
    });
    expect(polluted.status).toBe(400);
  });
});

it('a first-party token is refused while JWT_SECRET is not set', async () => {
  const token = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.${Buffer.from('{"userId":""}').toString('base64url')}.c2ln`;
  const answer = await fetch(`${test.url}/api/v1/offices`, { headers: { authorization: `Bearer ${token}` } });
  expect(answer.status).toBe(401);
  expect(await answer.json()).toMatchObject({ message: expect.stringContaining('JWT_SECRET') });
});
