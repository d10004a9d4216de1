import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { access, stat } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, createServer as createNetServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { eventually } from '@guildhall/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { isAllowedHost } from './allowed-hosts.ts';
import type { EgressRules } from './egress.ts';
import type { EgressEntry } from './egress-gate.ts';
import { type EgressProxy, type EgressProxyOptions, openEgressProxy } from './egress-proxy.ts';

const closing: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function listen(server: Server, address = '127.0.0.1', port = 0): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  server.listen(port, address);
  await once(server, 'listening');
  return `${address}:${(server.address() as AddressInfo).port}`;
}

const serve = (listener: RequestListener) => listen(createServer(listener));
/** A server that says nothing but what the test lets it say. */
const serveRaw = (onSocket: (socket: Socket) => void) =>
  listen(
    createNetServer((socket) => {
      socket.on('error', () => {});
      onSocket(socket);
    }),
  );

async function open(rules: Partial<EgressRules>, options: EgressProxyOptions = {}) {
  const entries: EgressEntry[] = [];
  const proxy = await openEgressProxy(
    { privateHosts: [], ...rules },
    { onRequest: (entry) => entries.push(entry), now: () => 7, ...options },
  );
  closing.push(() => proxy.close());
  return { proxy, entries };
}

function dial(proxy: EgressProxy): Socket {
  return proxy.socketPath === undefined
    ? connect(Number(new URL(proxy.url).port), '127.0.0.1')
    : connect(proxy.socketPath);
}

async function talk(proxy: EgressProxy, text: string): Promise<string> {
  const socket = dial(proxy);
  socket.write(text);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}

const get = (proxy: EgressProxy, url: string, host = new URL(url).host) =>
  talk(proxy, `GET ${url} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
const tunnel = (proxy: EgressProxy, host: string, text = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n') =>
  talk(proxy, `CONNECT ${host} HTTP/1.1\r\n\r\n${text}`);

describe('the egress proxy', () => {
  it('lets a program reach what is allowed and nothing else, by plain request and by tunnel, and logs each', async () => {
    const allowed = await serve((request, response) => response.end(`hello ${request.headers.host}`));
    const inside = await serve((_request, response) => response.end('secret'));
    const { proxy, entries } = await open({ privateHosts: [allowed] });
    expect(await get(proxy, `http://${allowed}/`)).toContain(`hello ${allowed}`);
    expect(await tunnel(proxy, allowed)).toMatch(/^HTTP\/1.1 200 [\s\S]*hello x$/);
    expect(await get(proxy, `http://${inside}/`)).toMatch(/^HTTP\/1.1 403/);
    // What counts is where the request goes, not what it says its host is.
    expect(await get(proxy, `http://${inside}/`, allowed)).toMatch(/^HTTP\/1.1 403/);
    expect(await tunnel(proxy, inside)).toMatch(/^HTTP\/1.1 403/);
    expect(await tunnel(proxy, 'a b')).toMatch(/^HTTP\/1.1 4/);
    expect(await tunnel(proxy, 'http://x')).toMatch(/^HTTP\/1.1 (?:403|502)/);
    expect(await get(proxy, '/', allowed)).toMatch(/^HTTP\/1.1 403/);
    const [host = '', port] = allowed.split(':');
    expect(entries.slice(0, 2)).toEqual([
      { host, port: Number(port), outcome: 'allowed', atMs: 7 },
      { host, port: Number(port), outcome: 'allowed', atMs: 7 },
    ]);
    expect(entries[2]).toMatchObject({
      outcome: 'refused',
      why: expect.stringContaining('not in the public internet'),
    });
    expect(entries.filter(({ outcome }) => outcome === 'allowed')).toHaveLength(2);
  });

  it('refuses what the list does not name, and asks no name server about it', async () => {
    const asked: string[] = [];
    const site = await serve((_request, response) => response.end('hello'));
    const port = site.split(':')[1];
    const lookup = async (name: string) => {
      asked.push(name);
      return [{ address: '127.0.0.1', family: 4 }];
    };
    const rules = { privateHosts: [`docs.example.com:${port}`, `evil.test:${port}`], allowedHosts: ['*.example.com'] };
    const { proxy, entries } = await open(rules, { lookup });
    expect(await get(proxy, `http://Docs.Example.com:${port}/`)).toContain('hello');
    expect(await tunnel(proxy, `docs.example.com.:${port}`)).toContain('hello');
    for (const host of [`evil.test:${port}`, `example.com:${port}`, `example.com.evil.test:${port}`, site])
      expect(await tunnel(proxy, host), host).toMatch(/^HTTP\/1.1 403[\s\S]*not among the hosts/);
    expect(asked).toEqual(['docs.example.com', 'docs.example.com']);
    expect(entries.at(-1)).toMatchObject({ outcome: 'refused', why: expect.stringContaining('not among the hosts') });
  });

  it('refuses a name that leads to a private address, even to one among several', async () => {
    let reached = 0;
    const inside = await serveRaw(() => (reached += 1));
    const port = inside.split(':')[1];
    for (const addresses of [['127.0.0.1'], ['8.8.8.8', '127.0.0.1'], ['127.0.0.1', '8.8.8.8'], ['::1'], []]) {
      const lookup = async () => addresses.map((address): LookupAddress => ({ address, family: 4 }));
      const { proxy } = await open({ allowedHosts: ['inside.example'] }, { lookup });
      expect(await tunnel(proxy, `inside.example:${port}`), addresses.join()).toMatch(/^HTTP\/1.1 403/);
      expect(await get(proxy, `http://inside.example:${port}/`)).toMatch(/^HTTP\/1.1 403/);
    }
    expect(reached).toBe(0);
  });

  it('connects to the address that it looked at: a name that answers differently next time leads nowhere else', async () => {
    const right = await serve((_request, response) => response.end('right'));
    const port = Number(right.split(':')[1]);
    await listen(
      createServer((_request, response) => response.end('wrong')),
      '127.0.0.2',
      port,
    );
    let questions = 0;
    const lookup = async () => [{ address: questions++ === 0 ? '127.0.0.1' : '127.0.0.2', family: 4 }];
    const { proxy } = await open({ privateHosts: [`rebind.example:${port}`] }, { lookup });
    expect(await get(proxy, `http://rebind.example:${port}/`)).toContain('right');
    expect(questions).toBe(1);
    questions = 0;
    expect(await tunnel(proxy, `rebind.example:${port}`)).toContain('right');
    expect(questions).toBe(1);
  });

  it('on a socket is open to nobody who cannot enter its folder, and leaves nothing behind', async () => {
    const site = await serve((_request, response) => response.end('hello'));
    const { proxy } = await open({ privateHosts: [site] }, { listenOn: 'socket' });
    expect(await get(proxy, `http://${site}/`)).toContain('hello');
    const folder = dirname(proxy.socketPath ?? '');
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    await closing.pop()?.();
    await expect(access(folder)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('carries everything to a slow reader, also when the other side has closed', async () => {
    const site = await serveRaw((socket) => socket.end(Buffer.alloc(5_000_000, 'x')));
    const { proxy } = await open({ privateHosts: [site] });
    expect((await tunnel(proxy, site, '')).length).toBeGreaterThan(5_000_000);
  });

  it('lets a program end what it sends and still hear the answer', async () => {
    const echo = createNetServer({ allowHalfOpen: true }, async (socket) => {
      let heard = '';
      for await (const chunk of socket) heard += String(chunk);
      socket.end(`heard ${heard}`);
    });
    const site = await listen(echo);
    const { proxy } = await open({ privateHosts: [site] });
    const socket = dial(proxy);
    socket.end(`CONNECT ${site} HTTP/1.1\r\n\r\nall`);
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(/heard all$/);
  });
});

describe('the egress proxy has an end', () => {
  it('of a head that is too long', async () => {
    const { proxy, entries } = await open({});
    const answer = await talk(proxy, `GET http://x/ HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 431/);
    expect(entries).toEqual([]);
  });

  it('of a client that never finishes its head', async () => {
    const { proxy } = await open({}, { headTimeoutMs: 200 });
    expect(await talk(proxy, 'GET http://x/ HTTP/1.1\r\nHost:')).toMatch(/^HTTP\/1.1 408/);
  });

  it('of a client that never finishes its body, and of a host that never answers', async () => {
    const site = await serveRaw((socket) => socket.resume());
    const { proxy } = await open({ privateHosts: [site] }, { idleTimeoutMs: 200 });
    expect(await get(proxy, `http://${site}/`)).toMatch(/^HTTP\/1.1 504/);
    const head = `POST http://${site}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf`;
    expect(await talk(proxy, head)).toMatch(/^HTTP\/1.1 504/);
    expect(await tunnel(proxy, site)).toBe('HTTP/1.1 200 Connection Established\r\n\r\n');
  });

  it('of a name that nobody resolves and of a host that does not take the connection', async () => {
    const lookup = () => new Promise<LookupAddress[]>(() => {});
    const { proxy, entries } = await open({}, { lookup, connectTimeoutMs: 100 });
    expect(await tunnel(proxy, 'slow.example:443')).toMatch(/^HTTP\/1.1 504/);
    expect(entries).toMatchObject([{ host: 'slow.example', port: 443, outcome: 'failed', why: expect.any(String) }]);
    const closed = await serve(() => {});
    await closing.pop()?.();
    const { proxy: other, entries: failures } = await open({ privateHosts: [closed] });
    expect(await tunnel(other, closed)).toMatch(/^HTTP\/1.1 502/);
    expect(await get(other, `http://${closed}/`)).toMatch(/^HTTP\/1.1 502/);
    expect(failures.map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
  });

  it('of a program that leaves before there is a connection', async () => {
    const lookup = () => new Promise<LookupAddress[]>(() => {});
    const { proxy, entries } = await open({}, { lookup });
    const socket = dial(proxy);
    socket.write('GET http://slow.example/ HTTP/1.1\r\nHost: slow.example\r\n\r\n');
    await once(socket, 'connect');
    socket.destroy();
    expect(await eventually('the entry', () => entries[0])).toMatchObject({ outcome: 'failed' });
  });

  it('of requests: what would not be in the log does not pass', async () => {
    const site = await serve((_request, response) => response.end('hello'));
    const { proxy, entries } = await open({ privateHosts: [site] }, { requestsMax: 2 });
    const answers = [];
    for (let request = 0; request < 5; request++) answers.push((await get(proxy, `http://${site}/`)).slice(9, 12));
    expect(answers).toEqual(['200', '200', '403', '403', '403']);
    expect(entries.map(({ outcome }) => outcome)).toEqual(['allowed', 'allowed', 'refused']);
  });

  it('of nothing that a host answers: not even of a status that no server may send', async () => {
    const site = await serveRaw((socket) => socket.once('data', () => socket.end('HTTP/1.1 099 No\r\n\r\n')));
    const broken = await serveRaw((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')),
    );
    const { proxy } = await open({ privateHosts: [site, broken] });
    expect(await get(proxy, `http://${site}/`)).toMatch(/^HTTP\/1.1 502/);
    const answer = get(proxy, `http://${broken}/`).catch((error: Error) => error.message);
    expect(await answer).not.toContain('HTTP/1.1 502');
    expect(await get(proxy, `http://${site}/`)).toMatch(/^HTTP\/1.1 502/);
  });

  it('of what an entry of the log holds', async () => {
    const { proxy, entries } = await open({});
    await talk(proxy, `GET http://${'a'.repeat(8_000)}.example/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(JSON.stringify(entries).length).toBeLessThan(700);
  });
});

it('reads the list of hosts as it is written, never more generously', () => {
  const list = ['example.com', '*.example.org', 'api.test:443', '*.b\u00fccher.test', '[2606:4700::1111]:443', ''];
  for (const [host, port] of [
    ['example.com', 80],
    ['EXAMPLE.com.', 443],
    ['a.example.org', 1],
    ['a.b.example.org', 1],
    ['api.test', 443],
    ['www.xn--bcher-kva.test', 80],
    ['[2606:4700::1111]', 443],
  ] as const)
    expect([host, isAllowedHost(host, port, list)]).toEqual([host, true]);
  for (const [host, port] of [
    ['www.example.com', 80],
    ['example.org', 80],
    ['.example.org', 80],
    ['badexample.org', 80],
    ['example.org.evil.test', 80],
    ['api.test', 80],
    ['2606:4700::1111', 80],
    ['', 80],
    ['*.example.org.evil', 80],
  ] as const)
    expect([host, isAllowedHost(host, port, list)]).toEqual([host, false]);
  for (const tooWide of ['*', '*.', '.', '*.:80', ':80'])
    expect(isAllowedHost('example.com', 80, [tooWide])).toBe(false);
});
