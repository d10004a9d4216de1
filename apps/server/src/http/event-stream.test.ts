import { request as httpRequest } from 'node:http';
import { eventually } from '@guildhall/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pruneEvents } from '../domain/events/index.ts';
import { createTask } from '../domain/tasks/index.ts';
import { openTestApp, type Tenant, type TestApp } from '../testing/test-app.ts';

let test: TestApp;
let tenant: Tenant;
let officeId: string;

beforeAll(async () => {
  test = await openTestApp();
  tenant = await test.newTenant('streams');
  officeId = (await test.newOffice(tenant, 'aria')).office.id;
});
afterAll(() => test.close());

const open = (query: string, key = tenant.key, method = 'GET') =>
  fetch(`${test.url}/api/v1/offices/${officeId}/events/stream${query}`, {
    method,
    headers: { authorization: `Bearer ${key}` },
  });

it('410 for a cursor before what is kept or beyond the end, with where the log stands', async () => {
  const beyond = await open('?cursor=999999');
  expect(beyond.status).toBe(410);
  expect(await beyond.json()).toMatchObject({ code: 'cursor_expired', detail: { head: expect.any(Number) } });
  await pruneEvents(test.system, Date.now() + 1000);
  expect((await open('?cursor=0')).status).toBe(410);
});

it('another tenant cannot replay, whatever cursor it brings', async () => {
  const stranger = await test.newTenant('stranger');
  expect((await open('?cursor=1', stranger.key)).status).toBe(404);
});

it('HEAD is not served: a stream has no end to measure', async () => {
  expect((await open('', tenant.key, 'HEAD')).status).toBe(405);
});

it('a slow reader is waited for and loses nothing', async () => {
  const count = 600;
  const description = 'x'.repeat(400);
  const seen = await new Promise<number[]>((resolve, reject) => {
    const request = httpRequest(`${test.url}/api/v1/offices/${officeId}/events/stream?filter=task`, {
      headers: { authorization: `Bearer ${tenant.key}` },
    });
    request.on('error', reject);
    request.on('response', async (response) => {
      response.pause();
      for (let index = 0; index < count; index++)
        await createTask(tenant.context, officeId, { title: `slow ${index} ${description}` });
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        const ids = [...text.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]));
        if (ids.length === count) {
          request.destroy();
          resolve(ids);
        }
      });
      response.resume();
    });
    request.end();
  });
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(new Set(seen).size).toBe(count);
});

it('a shutdown ends streams with the reason, and is not held up by a reader that takes nothing', async () => {
  const other = await openTestApp();
  const owner = await other.newTenant('closing');
  const { office } = await other.newOffice(owner);
  const address = `${other.url}/api/v1/offices/${office.id}/events/stream`;
  const reading = await fetch(address, { headers: { authorization: `Bearer ${owner.key}` } });
  const stalled = httpRequest(`${address}?cursor=0`, { headers: { authorization: `Bearer ${owner.key}` } });
  stalled.on('error', () => undefined);
  const started = new Promise<void>((resolve) => {
    stalled.on('response', (response) => {
      response.pause();
      resolve();
    });
  });
  stalled.end();
  await started;
  const closingAt = performance.now();
  const closing = other.close();
  expect(await reading.text()).toContain('event: end\ndata: {"reason":"server_shutdown"}');
  await closing;
  // Not the 72 s for which an idle connection is kept: what a service manager waits before it kills.
  expect(performance.now() - closingAt).toBeLessThan(10_000);
  await eventually('the stalled connection to end', () =>
    stalled.destroyed || stalled.socket?.destroyed !== false ? true : undefined,
  );
});
