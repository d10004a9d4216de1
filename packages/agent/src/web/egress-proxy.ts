import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Duplex, pipeline } from 'node:stream';
import { plainHostName } from './allowed-hosts.ts';
import { EgressRefused, type EgressRules } from './egress.ts';
import { EgressGate, type EgressGateOptions, type EgressTarget, EgressTimeout } from './egress-gate.ts';

/** A proxy that lets out what the rules allow. */
export interface EgressProxy {
  /** Where programs find it. Of one on a socket: where the bridge inside of a sandbox offers it. */
  url: string;
  /** The Unix socket that it listens on, in a folder that only this user can enter; absent for one on loopback. */
  socketPath?: string;
  close(): Promise<void>;
}

/** How a proxy is opened; what is absent has a default. */
export interface EgressProxyOptions extends EgressGateOptions {
  /** `loopback`: any program of this machine can use it. `socket`: only who gets the socket, as a sandbox does. */
  listenOn?: 'loopback' | 'socket';
  /** How long a client may take for the head of a request. */
  headTimeoutMs?: number;
}

const HEAD_TIMEOUT_MS = 10_000;
const HEAD_BYTES_MAX = 16_384;
const CONNECTIONS_MAX = 256;
/** In a network namespace of its own nothing else has this port yet. */
const URL_IN_SANDBOX = 'http://127.0.0.1:3128';

/**
 * A proxy for programs that open connections of their own: a browser, a command in a sandbox. It resolves the name, refuses
 * what the rules do not allow, and connects to just the address that it looked at: a name that answers differently the
 * second time gets nobody anywhere. What it holds for a program is bounded: connections, the size of a head, silence.
 */
export async function openEgressProxy(rules: EgressRules, options: EgressProxyOptions = {}): Promise<EgressProxy> {
  const gate = new EgressGate(rules, options);
  const headTimeoutMs = options.headTimeoutMs ?? HEAD_TIMEOUT_MS;
  const server = createServer(
    {
      maxHeaderSize: HEAD_BYTES_MAX,
      headersTimeout: headTimeoutMs,
      connectionsCheckingInterval: Math.ceil(headTimeoutMs / 2),
      // A body may take as long as it moves: silence ends it.
      requestTimeout: 0,
    },
    (request, response) => void forward(request, response, gate),
  );
  server.maxConnections = CONNECTIONS_MAX;
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('connect', (request, socket, head) => void tunnel(request, socket, head, gate));
  const folder = options.listenOn === 'socket' ? await mkdtemp(join(tmpdir(), 'guildhall-egress-')) : undefined;
  const socketPath = folder === undefined ? undefined : join(folder, 'proxy.sock');
  if (folder !== undefined) await chmod(folder, 0o700);
  if (socketPath === undefined) server.listen(0, '127.0.0.1');
  else server.listen(socketPath);
  await once(server, 'listening');
  return {
    ...(socketPath === undefined
      ? { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
      : { url: URL_IN_SANDBOX, socketPath }),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

async function tunnel(request: IncomingMessage, client: Duplex, head: Buffer, gate: EgressGate): Promise<void> {
  client.on('error', () => client.destroy());
  const asked = request.url ?? '';
  try {
    const upstream = await gate.open(targetOfTunnel(asked), asked, client);
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    if (head.length > 0) upstream.write(head);
    // Either end may close first; what is on its way still arrives, and when one breaks the other goes too.
    pipeline(client, upstream, () => {});
    pipeline(upstream, client, () => {});
  } catch (error) {
    const { status, phrase } = statusOf(error);
    const text = (error as Error).message;
    client.end(
      `HTTP/1.1 ${status} ${phrase}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
    );
  }
}

async function forward(request: IncomingMessage, response: ServerResponse, gate: EgressGate): Promise<void> {
  const asked = request.url ?? '';
  const url = URL.canParse(asked) ? new URL(asked) : undefined;
  response.on('error', () => response.destroy());
  try {
    const upstream = await gate.open(targetOfRequest(url), asked, request.socket);
    response.once('close', () => upstream.destroy());
    const { 'proxy-connection': _proxy, 'proxy-authorization': _secret, ...headers } = request.headers;
    const onward = httpRequest({
      createConnection: () => upstream,
      method: request.method,
      path: `${url?.pathname}${url?.search}`,
      headers: { ...headers, host: url?.host },
    });
    onward.on('error', (error) => refuse(response, error));
    onward.once('response', (answer) => pass(answer, response));
    request.pipe(onward);
  } catch (error) {
    refuse(response, error);
  }
}

function pass(answer: IncomingMessage, response: ServerResponse): void {
  try {
    // Throws for a status that no server may send.
    response.writeHead(answer.statusCode ?? 502, answer.headers);
  } catch (error) {
    answer.destroy();
    refuse(response, error);
    return;
  }
  answer.once('close', () => answer.complete || response.destroy());
  answer.pipe(response);
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(statusOf(error).status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  response.end((error as Error).message);
}

function statusOf(error: unknown): { status: number; phrase: string } {
  if (error instanceof EgressRefused) return { status: 403, phrase: 'Forbidden' };
  if (error instanceof EgressTimeout) return { status: 504, phrase: 'Gateway Timeout' };
  return { status: 502, phrase: 'Bad Gateway' };
}

function targetOfTunnel(asked: string): EgressTarget | undefined {
  const address = `http://${asked}`;
  // URL leaves 80 out, which is as good a port as any here.
  const port = Number(/:(\d{1,5})$/.exec(asked)?.[1] ?? 443);
  return URL.canParse(address) ? { host: plainHostName(new URL(address).hostname), port } : undefined;
}

function targetOfRequest(url: URL | undefined): EgressTarget | undefined {
  if (url?.protocol !== 'http:') return undefined;
  return { host: plainHostName(url.hostname), port: Number(url.port || 80) };
}
