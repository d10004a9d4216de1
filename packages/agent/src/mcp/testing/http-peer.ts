import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { createMcpHandler, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import { type PeerKind, peerServer } from './peer-server.ts';

/** A peer over HTTP, and what came to it. */
export interface HttpPeer {
  url: string;
  host: string;
  /** The headers of every request. */
  requests: IncomingMessage[];
  /** As when the server was restarted: it knows none of the sessions that it gave out. */
  forgetSessions(): Promise<void>;
  close(): Promise<void>;
}

/** A peer that speaks the protocol with sessions, or the one of 2026 without, and wants a credential when one is named. */
export async function openHttpPeer(
  kind: PeerKind,
  options: { era?: 'sessions' | 'modern'; authorization?: string } = {},
): Promise<HttpPeer> {
  const requests: IncomingMessage[] = [];
  const modern = createMcpHandler(() => peerServer(kind), { legacy: 'reject' });
  let sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();
  const withSessions = async (request: Request): Promise<Response> => {
    const id = request.headers.get('mcp-session-id');
    const known = id === null ? undefined : sessions.get(id);
    if (known !== undefined) return known.handleRequest(request);
    if (id !== null) return new Response('unknown session', { status: 404 });
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (session) => void sessions.set(session, transport),
    });
    await peerServer(kind).connect(transport);
    return transport.handleRequest(request);
  };
  const server = createServer(async (request, response) => {
    requests.push(request);
    if (options.authorization !== undefined && request.headers.authorization !== options.authorization)
      return void response.writeHead(401, { 'www-authenticate': 'Bearer' }).end('no');
    const asked = toRequest(request, response);
    await send(await (options.era === 'modern' ? modern.fetch(asked) : withSessions(asked)), response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}/mcp`,
    host,
    requests,
    forgetSessions: async () => {
      const old = sessions;
      sessions = new Map();
      for (const transport of old.values()) await transport.close();
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function toRequest(request: IncomingMessage, response: ServerResponse): Request {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const { method = 'GET', headers, url } = request;
  return new Request(`http://${headers.host}${url}`, {
    method,
    signal: gone.signal,
    headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
    ...(method === 'POST' ? { body: Readable.toWeb(request) as ReadableStream, duplex: 'half' } : {}),
  });
}

async function send(answer: Response, response: ServerResponse): Promise<void> {
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.flushHeaders();
  if (answer.body === null) return void response.end();
  const reader = answer.body.getReader();
  response.once('close', () => void reader.cancel().catch(() => {}));
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return void response.end();
    response.write(value);
  }
}
