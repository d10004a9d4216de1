import { ApiClient } from '@guildhall/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestApp, type TestApp } from '../../testing/test-app.ts';

let test: TestApp;
let api: ApiClient;

beforeAll(async () => {
  test = await openTestApp();
  api = await ApiClient.open(test.url, '/api/v1/docs');
});
afterAll(() => test.close());

it('plans and regions are as published, for anybody', async () => {
  const { status, body, headers } = await api.call('GET', '/api/v1/plans');
  expect(status).toBe(200);
  expect(body.plans.map((plan: { id: string; price_usd: number }) => [plan.id, plan.price_usd])).toEqual([
    ['test', 14.99],
    ['starter', 34.99],
    ['developer', 62.99],
    ['production', 125.99],
  ]);
  expect(body.regions.map((region: { id: string }) => region.id)).toEqual([
    'eu-central',
    'eu-north',
    'us-east',
    'us-west',
  ]);
  expect(headers.get('x-request-id')).toMatch(/^req_/);
});

it('the agent card and the OpenAPI document are served', async () => {
  expect((await api.call('GET', '/.well-known/agent-card.json')).body).toMatchObject({
    name: 'Guildhall',
    protocolVersion: '1.0',
    skills: expect.any(Array),
  });
  expect(await (await fetch(`${test.url}/api/v1/docs`)).json()).toMatchObject({ openapi: '3.0.3' });
  expect(api.operationIds.filter((id) => !api.exercised.has(id))).toEqual([]);
});

it('failures have the spawn envelope, with the caller’s request id when it is a good one', async () => {
  const { status, body, headers } = await api.call('GET', '/api/v1/status/nope', {
    headers: { 'x-request-id': 'my-request-0001' },
  });
  expect(status).toBe(404);
  expect(body).toEqual({
    code: 'route_not_found',
    message: expect.any(String),
    detail: expect.any(Object),
    request_id: 'my-request-0001',
    error: 'route_not_found',
  });
  expect(headers.get('x-request-id')).toBe('my-request-0001');
  const bad = await api.call('GET', '/api/v1/status/nope', { headers: { 'x-request-id': 'short' } });
  expect(bad.body.request_id).toMatch(/^req_[0-9a-f]{32}$/);
});

it('strangers get thirty free requests a minute, then 429 with Retry-After', async () => {
  const fresh = await openTestApp();
  try {
    const statuses: number[] = [];
    for (let index = 0; index < 31; index++) statuses.push((await fetch(`${fresh.url}/api/v1/plans`)).status);
    expect(statuses.slice(0, 30)).toEqual(Array(30).fill(200));
    const refused = await fetch(`${fresh.url}/api/v1/plans`);
    expect([statuses[30], refused.status]).toEqual([429, 429]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ code: 'rate_limited', detail: { limit: 30 } });
  } finally {
    await fresh.close();
  }
});
