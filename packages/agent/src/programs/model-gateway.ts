import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ModelCredential } from '../model/credential-pool.ts';
import type { ModelProvider } from '../model/model-ref.ts';

/** A credential that a program may see: it opens the provider through this house only, and only as long as it is lent. */
export interface LentCredential {
  credential: ModelCredential;
  /** From then on it opens nothing. */
  close(): Promise<void>;
}

/** Each provider's own address, as its programs know it. */
export const PROVIDER_ADDRESSES: Readonly<Record<ModelProvider, string | undefined>> = {
  anthropic: 'https://api.anthropic.com',
  openai: 'https://api.openai.com/v1',
  openrouter: 'https://openrouter.ai/api/v1',
  compatible: undefined,
};

const CONNECTIONS_MAX = 64;
/** A model may think for minutes before its first word. */
const SILENCE_MS = 900_000;
/** Asking a model, and what programs ask about models. Nothing of the account. */
const MODEL_PATH =
  /^\/(?:[\w-]+\/)*(?:messages(?:\/count_tokens)?|chat\/completions|responses|models(?:\/[\w.:@/-]+)?)(?:\?|$)/;
const KEY_HEADERS = ['x-api-key', 'authorization'] as const;

/**
 * A way to a provider on loopback that knows the secret, so that the program does not: what an agent's shell reads in its
 * environment is a word that is worth nothing elsewhere. Only requests that carry the word are passed on, with the secret in
 * its place, and only to the provider's address.
 */
export async function lendCredential(credential: ModelCredential): Promise<LentCredential> {
  const address = credential.baseUrl ?? PROVIDER_ADDRESSES[credential.provider];
  if (address === undefined) throw new Error(`The credential ${credential.id} has no address to be lent for.`);
  const target = new URL(address);
  const word = wordFor(credential.secret);
  const server = createServer((request, response) => pass(request, response, { target, word, credential }));
  server.maxConnections = CONNECTIONS_MAX;
  server.requestTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  const { port } = server.address() as AddressInfo;
  return {
    credential: {
      ...credential,
      secret: word,
      baseUrl: `http://127.0.0.1:${port}${target.pathname.replace(/\/$/, '')}`,
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Programs tell kinds of secrets apart by their beginning. */
function wordFor(secret: string): string {
  const kind = /^sk-ant-[a-z]+\d*-|^sk-/.exec(secret)?.[0] ?? 'lent-';
  return `${kind}guildhall-${randomBytes(24).toString('base64url')}`;
}

interface Loan {
  target: URL;
  word: string;
  credential: ModelCredential;
}

function pass(request: IncomingMessage, response: ServerResponse, { target, word, credential }: Loan): void {
  const headers: Record<string, string | string[] | undefined> = { ...request.headers, host: target.host };
  const carrying = KEY_HEADERS.filter((name) => String(headers[name]).includes(word));
  const path = request.url ?? '/';
  if (carrying.length === 0 || !MODEL_PATH.test(path)) {
    response.writeHead(401, { 'content-type': 'text/plain' }).end('This address is lent to somebody else.');
    return;
  }
  for (const name of carrying) headers[name] = String(headers[name]).replace(word, credential.secret);
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
  const onward = send({
    host: target.hostname.replace(/^\[|\]$/g, ''),
    port: target.port || (target.protocol === 'https:' ? 443 : 80),
    method: request.method,
    path,
    headers,
    timeout: SILENCE_MS,
  });
  const fail = () => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { 'content-type': 'text/plain' }).end('The provider did not answer.');
  };
  onward.on('timeout', () => onward.destroy());
  onward.on('error', fail);
  onward.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on('error', fail);
    answer.pipe(response);
  });
  response.once('close', () => onward.destroy());
  request.on('error', () => onward.destroy());
  request.pipe(onward);
}
