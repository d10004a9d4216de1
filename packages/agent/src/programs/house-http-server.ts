import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '@guildhall/kernel';
import { parseObject } from './json-fields.ts';

/** The house's tools where a program finds them. */
export interface HouseHttpServer {
  url: string;
  /** What the `Authorization` header has to say. It is worth nothing elsewhere, and nothing later. */
  authorization: string;
  close(): Promise<void>;
}

const PATH = '/mcp';
const BODY_BYTES_MAX = 4_000_000;
const CONNECTIONS_MAX = 64;
const PARSE_ERROR = -32_700;

/**
 * An MCP server over streamable HTTP, on loopback, for one program: each message is answered with JSON, and the server sends
 * nothing of its own. Where answering throws, the turn is over: the connection is cut, and the program told nothing.
 */
export async function openHouseHttpServer(
  answer: (message: JsonObject) => Promise<JsonObject | undefined>,
): Promise<HouseHttpServer> {
  const authorization = `Bearer ${randomBytes(24).toString('base64url')}`;
  const server = createServer((request, response) => {
    void serve(request, response, { authorization, answer }).catch(() => response.destroy());
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.requestTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`,
    authorization,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Service {
  authorization: string;
  answer(message: JsonObject): Promise<JsonObject | undefined>;
}

async function serve(request: IncomingMessage, response: ServerResponse, service: Service): Promise<void> {
  if (request.headers.authorization !== service.authorization) return say(response, 401);
  if (request.url?.split('?')[0] !== PATH) return say(response, 404);
  // A session is nothing here, so there is nothing to give up.
  if (request.method === 'DELETE') return say(response, 200);
  if (request.method !== 'POST') return say(response, 405, { allow: 'POST, DELETE' });
  const body = await bodyOf(request);
  if (body === undefined) return say(response, 413, { connection: 'close' });
  const message = parseObject(body.toWellFormed().replaceAll('\\u0000', ''));
  if (message === undefined) return send(response, 400, failure(PARSE_ERROR, 'One JSON-RPC message is expected.'));
  const answer = await service.answer(message);
  return answer === undefined ? say(response, 202) : send(response, 200, answer);
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function failure(code: number, message: string): JsonObject {
  return { jsonrpc: '2.0', id: null, error: { code, message } };
}

function say(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, headers).end();
}

function send(response: ServerResponse, status: number, message: JsonObject): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(message));
}
