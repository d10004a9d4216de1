import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { EgressRefused, type EgressRules, resolveEgress } from './egress.ts';

export interface EgressProxy {
  url: string;
  close(): Promise<void>;
}

/**
 * A proxy on loopback for programs that open connections of their own, a browser above all. It resolves the name, refuses
 * what is private, and connects to just the address that it looked at: a name that answers differently the second time
 * gets nobody anywhere.
 */
export async function openEgressProxy(
  rules: EgressRules,
  onRefused: (host: string) => void = () => {},
): Promise<EgressProxy> {
  const sockets = new Set<Duplex>();
  const server = createServer((request, response) => void forward(request, response, rules, onRefused));
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('connect', (request, socket, head) => void tunnel(request, socket, head, rules, onRefused));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function tunnel(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  rules: EgressRules,
  onRefused: (host: string) => void,
): Promise<void> {
  socket.on('error', () => socket.destroy());
  const url = URL.canParse(`http://${request.url}`) ? new URL(`http://${request.url}`) : undefined;
  const port = Number(/:(\d+)$/.exec(request.url ?? '')?.[1] ?? 443);
  try {
    if (url === undefined) throw new EgressRefused(request.url ?? '');
    const { address } = await resolveEgress(url.hostname, port, rules);
    const upstream: Socket = connect(port, address);
    upstream.on('error', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
    upstream.on('close', () => socket.destroy());
    await once(upstream, 'connect');
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    upstream.write(head);
    upstream.pipe(socket).pipe(upstream);
  } catch (error) {
    if (error instanceof EgressRefused) onRefused(url?.host ?? '');
    socket.end(`HTTP/1.1 ${error instanceof EgressRefused ? '403 Forbidden' : '502 Bad Gateway'}\r\n\r\n`);
  }
}

async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  rules: EgressRules,
  onRefused: (host: string) => void,
): Promise<void> {
  const url = URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : undefined;
  try {
    if (url?.protocol !== 'http:') throw new EgressRefused(request.url ?? '');
    const port = Number(url.port || 80);
    const { address } = await resolveEgress(url.hostname, port, rules);
    const { 'proxy-connection': _proxy, 'proxy-authorization': _secret, ...headers } = request.headers;
    const upstream = httpRequest(
      {
        host: address,
        port,
        method: request.method,
        path: url.pathname + url.search,
        headers: { ...headers, host: url.host },
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    upstream.once('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
    response.once('close', () => upstream.destroy());
    request.pipe(upstream);
  } catch (error) {
    if (error instanceof EgressRefused) onRefused(url?.host ?? '');
    response.writeHead(error instanceof EgressRefused ? 403 : 502, { 'content-type': 'text/plain' });
    response.end((error as Error).message);
  }
}
