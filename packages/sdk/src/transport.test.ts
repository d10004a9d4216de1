import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { MitosisClient } from './index.ts';

const TIMEOUT_MS = 100;
let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function clientOf(answer: RequestListener): Promise<MitosisClient> {
  server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return new MitosisClient({ endpoint: `http://127.0.0.1:${port}`, apiKey: 'mi_x', timeout: TIMEOUT_MS });
}

const pastTimeout = (start: number, act: () => void) => {
  const timer = setInterval(() => {
    if (performance.now() - start < 3 * TIMEOUT_MS) return;
    clearInterval(timer);
    act();
  }, 10);
};

it('an answer that does not come in time is an AbortError, in its headers or in its body', async () => {
  const silent = await clientOf(() => {});
  await expect(silent.offices.list()).rejects.toMatchObject({ name: 'AbortError' });
  server?.closeAllConnections();
  server?.close();
  const halting = await clientOf((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('[');
  });
  await expect(halting.offices.list()).rejects.toMatchObject({ name: 'AbortError' });
});

it('bytes take as long as they take: down once they begin, and up', async () => {
  const down = await clientOf((_, response) => {
    response.writeHead(200);
    response.write('a');
    pastTimeout(performance.now(), () => response.end('b'));
  });
  expect(await (await down.files.download('o', 'large.bin')).text()).toBe('ab');
  server?.close();
  const up = await clientOf((request, response) => {
    request.resume();
    pastTimeout(performance.now(), () => {
      response.writeHead(201, { 'content-type': 'application/json' });
      response.end('{"name":"large.bin"}');
    });
  });
  expect(await up.files.upload('o', 'large.bin', Buffer.from('a'))).toEqual({ name: 'large.bin' });
});

it('what is created is sent with the key that it may be sent again under', async () => {
  const keys: unknown[] = [];
  const client = await clientOf((request, response) => {
    keys.push(`${request.method} ${request.url} ${request.headers['idempotency-key']}`);
    response.writeHead(204);
    response.end();
  });
  const key = { idempotencyKey: 'once' };
  await client.offices.rotateSecret('o', key);
  await client.offices.transfer('o', 'u', key);
  await client.offices.acceptTransfer('o', key);
  await client.offices.restore('o', key);
  await client.employees.rotateCredentials('o', 'a', undefined, key);
  await client.employees.logStatusEvent('o', 'a', { type: 'x' }, key);
  await client.delegates.create('o', 'a', { permissions: [] }, key);
  await client.dashboard.act('o', { action: 'send', to: 'a', body: 'b' }, key);
  await client.invites.claim({ code: 'AAAAAA' }, key);
  await client.agents.join({ inviteCode: 'AAAAAA', agentName: 'a' } as never, key);
  await client.files.upload('o', 'x', Buffer.from('x'), key);
  expect(keys.map((line) => String(line).split(' ').at(-1))).toEqual(keys.map(() => 'once'));
  expect(keys).toHaveLength(11);
});
