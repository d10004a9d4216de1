import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '@guildhall/kernel';
import { eventually, temporaryFolder } from '@guildhall/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { Tool } from '../dispatch/tool.ts';
import { McpServers, type McpServersOptions } from './mcp-servers.ts';
import type { McpServerSettings } from './server-settings.ts';
import { type HttpPeer, openHttpPeer } from './testing/http-peer.ts';

const never = new AbortController().signal;
const ending: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

async function openServers(options: Partial<McpServersOptions> = {}): Promise<McpServers> {
  const { path: folder, remove } = await temporaryFolder();
  const servers = new McpServers({ idleMs: 60_000, folder, callTimeoutMs: 20_000, startTimeoutMs: 20_000, ...options });
  ending.push(remove, () => servers.close());
  return servers;
}

async function openPeer(...given: Parameters<typeof openHttpPeer>): Promise<HttpPeer> {
  const peer = await openHttpPeer(...given);
  ending.push(() => peer.close());
  return peer;
}

async function serve(listener: RequestListener): Promise<{ url: string; host: string }> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ending.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: `http://${host}/mcp`, host };
}

const at = (url: string, headers: Record<string, string> = {}): McpServerSettings => ({
  transport: 'http',
  url,
  headers,
});

async function ask(servers: McpServers, settings: McpServerSettings, ...privateHosts: string[]) {
  const { tools, problems } = await servers.tools<undefined>('office', { notes: settings }, { privateHosts }, never);
  const use = async (name: string, input: JsonObject = {}, signal = never) => {
    const tool = tools.find((one: Tool<undefined>) => one.name === `mcp__notes__${name}`);
    return (await tool?.run(input, { scope: undefined, signal, callId: 'call' })) as JsonObject;
  };
  return { tools, problems, use };
}

describe.each(['sessions', 'modern'] as const)('a server over HTTP, %s', (era) => {
  it('offers its tools and answers calls, with the credential that it wants', async () => {
    const peer = await openPeer('plain', { era, authorization: 'Bearer tok-secret-123' });
    const servers = await openServers();
    const { tools, problems, use } = await ask(
      servers,
      at(peer.url, { authorization: 'Bearer tok-secret-123' }),
      peer.host,
    );
    expect(problems).toEqual([]);
    expect(tools).toHaveLength(14);
    expect(await use('echo', { text: 'hello' })).toEqual({ text: 'hello' });
    await expect(use('fail', { text: 'for tok-secret-123' })).rejects.toMatchObject({
      name: 'ToolError',
      message: 'It failed: for [secret]',
    });
    for (const request of peer.requests) expect(request.headers.authorization).toBe('Bearer tok-secret-123');
  });

  it('is a problem when it refuses the credential, which is not repeated', async () => {
    const peer = await openPeer('plain', { era, authorization: 'Bearer right' });
    const { tools, problems } = await ask(
      await openServers(),
      at(peer.url, { authorization: 'Bearer wrong-one' }),
      peer.host,
    );
    expect(tools).toEqual([]);
    expect(problems).toEqual([{ server: 'notes', message: 'The server refused the credential.' }]);
  });

  it('ends a call at once when it is aborted, or takes too long', async () => {
    const peer = await openPeer('plain', { era });
    const { use } = await ask(await openServers({ callTimeoutMs: 2_000 }), at(peer.url), peer.host);
    const controller = new AbortController();
    const waiting = use('wait', {}, controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    await expect(use('wait')).rejects.toMatchObject({
      name: 'ToolError',
      message: 'The server did not answer in time.',
    });
    expect(await use('echo', { text: 'still there' })).toEqual({ text: 'still there' });
  });

  it('cannot fill the memory', async () => {
    const peer = await openPeer('plain', { era });
    const { use } = await ask(await openServers(), at(peer.url), peer.host);
    expect((await use('flood', { characters: 3_000_000 })).text).toHaveLength(3_000_000);
    await expect(use('flood', { characters: 30_000_000 })).rejects.toMatchObject({
      name: 'ToolError',
      message: expect.stringContaining('more than 10 MB at once'),
    });
    expect(await use('echo', { text: 'again' })).toEqual({ text: 'again' });
  });
});

describe('a server with sessions', () => {
  it('that was restarted is spoken to in a new session, and the call is made', async () => {
    const peer = await openPeer('plain');
    const { use } = await ask(await openServers(), at(peer.url), peer.host);
    await use('echo', { text: 'before' });
    await peer.forgetSessions();
    expect(await use('echo', { text: 'after' })).toEqual({ text: 'after' });
  });

  it('is told goodbye when nobody uses it', async () => {
    const peer = await openPeer('plain');
    await ask(await openServers({ idleMs: 20 }), at(peer.url), peer.host);
    await eventually('the end of the session', () => peer.requests.find((request) => request.method === 'DELETE'));
  });

  it('may change its tools while it runs', async () => {
    const peer = await openPeer('plain');
    const servers = await openServers();
    const { use } = await ask(servers, at(peer.url), peer.host);
    await eventually('the stream of notices', () => peer.requests.find((request) => request.method === 'GET'));
    await use('learn');
    await eventually('the new tool', async () => {
      const { tools } = await ask(servers, at(peer.url), peer.host);
      return tools.find((tool) => tool.name === 'mcp__notes__learned');
    });
  });
});

describe('egress', () => {
  it('refuses an address that is not public, however it is written, unless the office allows it', async () => {
    const peer = await openPeer('plain');
    const port = peer.host.split(':')[1];
    for (const host of ['127.0.0.1', 'localhost', '2130706433', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0']) {
      const { tools, problems } = await ask(await openServers(), at(`http://${host}:${port}/mcp`));
      expect(tools).toEqual([]);
      expect(problems, host).toEqual([
        { server: 'notes', message: expect.stringContaining('the office does not allow it') },
      ]);
    }
    expect(peer.requests).toEqual([]);
    expect((await ask(await openServers(), at(peer.url), peer.host)).problems).toEqual([]);
  });

  it('follows no redirect to another place, and takes the credential nowhere', async () => {
    const peer = await openPeer('plain');
    const site = await serve((_request, response) => response.writeHead(307, { location: peer.url }).end());
    const { problems } = await ask(
      await openServers(),
      at(site.url, { authorization: 'Bearer tok-secret-123' }),
      ...[site.host, peer.host],
    );
    expect(problems).toEqual([
      { server: 'notes', message: 'The server redirects to another place, which is not followed.' },
    ]);
    expect(peer.requests).toEqual([]);
  });
});

describe('what a server over HTTP may do wrong', () => {
  const problemOf = async (listener: RequestListener, startTimeoutMs = 20_000) => {
    const site = await serve(listener);
    const servers = await openServers({ startTimeoutMs });
    const { problems } = await ask(servers, at(site.url, { 'x-key': 'tok-secret-123' }), site.host);
    return problems[0]?.message;
  };

  it('is said in words, without a secret', async () => {
    expect(await problemOf((request, response) => response.writeHead(500).end(`${request.headers['x-key']}`))).toBe(
      'The server answered with HTTP status 500.',
    );
    expect(await problemOf((_request, response) => response.end('<html>'))).toMatch(/^The server/);
    expect(await problemOf(() => {}, 300)).toBe('The server did not answer in time.');
    expect(await problemOf((request) => request.socket.destroy())).toBe('The server broke the connection off.');
    const gzip = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    expect(await problemOf((_request, response) => response.writeHead(200, gzip).end('x'))).toContain('compressed');
    const echo: RequestListener = async (request, response) => {
      const [body] = await request.toArray();
      const { id } = JSON.parse(String(body));
      const error = { code: -32_000, message: `key ${request.headers['x-key']}` };
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ jsonrpc: '2.0', id, error }));
    };
    expect(await problemOf(echo)).toBe('The server answered with an error: key [secret]');
    const nowhere = await ask(await openServers(), at('http://127.0.0.1:9/mcp'), '127.0.0.1:9');
    expect(nowhere.problems[0]?.message).toBe('Nothing answers at the address of the server.');
    const nonsense = await ask(await openServers(), at('tok-secret-123'));
    expect(nonsense.problems[0]?.message).toBe('The address of the server is not an address.');
  });
});
