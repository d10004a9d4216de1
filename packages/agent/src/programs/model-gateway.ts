import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  type ClientRequest,
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ModelCredential } from '../model/credential-pool.ts';
import type { ModelProvider } from '../model/model-ref.ts';
import { GOOGLE_URL } from '../model/open-model.ts';
import { AnswerTap } from './answer-tap.ts';
import { readAskedCall } from './asked-call.ts';
import { type GatewayHooks, GatewayRefusal } from './gateway-hooks.ts';

/** A credential that a program may see: it opens the provider through this house only, and only as long as it is lent. */
export interface LentCredential {
  credential: ModelCredential;
  /** From then on it opens nothing, and every call that went through is counted. */
  close(): Promise<void>;
}

/** Each provider's own address, as its programs know it. */
const PROVIDER_ADDRESSES: Readonly<Record<ModelProvider, string | undefined>> = {
  anthropic: 'https://api.anthropic.com',
  openai: 'https://api.openai.com/v1',
  openrouter: 'https://openrouter.ai/api/v1',
  google: GOOGLE_URL,
  compatible: undefined,
};

/** Where a credential is used. */
export function addressOf(credential: ModelCredential): string {
  const address = credential.baseUrl ?? PROVIDER_ADDRESSES[credential.provider];
  if (address === undefined) throw new Error(`The credential ${credential.id} has no address.`);
  return address;
}

const CONNECTIONS_MAX = 64;
/** A model may think for minutes before its first word. */
const SILENCE_MS = 900_000;
/** Asking a model, and what programs ask about models. Nothing of the account. */
const MODEL_PATH =
  /^\/(?:[\w-]+\/)*(?:messages(?:\/count_tokens)?|chat\/completions|responses|models(?:\/[\w.:@/-]+)?)(?:\?|$)/;
/** Those of them that cost something. */
const PAID_PATH = /\/(?:messages|chat\/completions|responses)(?:\?|$)/;
const KEY_HEADERS = ['x-api-key', 'authorization'] as const;

/**
 * A way to a provider on loopback that knows the secret, so that the program does not: what an agent's shell reads in its
 * environment is a word that is worth nothing elsewhere. Only requests that carry the word are passed on, with the secret in
 * its place, and only to the provider's address. Each question to a model is told to the hooks, before and after.
 */
export async function lendCredential(credential: ModelCredential, hooks?: GatewayHooks): Promise<LentCredential> {
  const target = new URL(addressOf(credential));
  const word = wordFor(credential.secret);
  const passing = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const passed: Promise<void> = pass(request, response, { target, word, credential, hooks })
      .catch(() => void response.destroy())
      .finally(() => passing.delete(passed));
    passing.add(passed);
  });
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
      // What was asked is counted before whoever lent it goes on.
      await Promise.allSettled(passing);
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
  hooks: GatewayHooks | undefined;
}

/** Ends when nothing more of the exchange comes. */
async function pass(request: IncomingMessage, response: ServerResponse, loan: Loan): Promise<void> {
  const { target, word, credential, hooks } = loan;
  const headers: IncomingHttpHeaders = { ...request.headers, host: target.host };
  const carrying = KEY_HEADERS.filter((name) => String(headers[name]).includes(word));
  const path = request.url ?? '/';
  request.on('error', () => response.destroy());
  if (carrying.length === 0 || !MODEL_PATH.test(path)) {
    response.writeHead(401, { 'content-type': 'text/plain' }).end('This address is lent to somebody else.');
    return;
  }
  for (const name of carrying) headers[name] = String(headers[name]).replace(word, credential.secret);
  const isPaid = request.method === 'POST' && PAID_PATH.test(path);
  if (hooks === undefined || !isPaid) {
    await forward(request, response, target, headers, (onward) => request.pipe(onward));
    return;
  }
  await passCounted(request, response, { target, headers, hooks });
}

async function passCounted(
  request: IncomingMessage,
  response: ServerResponse,
  { target, headers, hooks }: { target: URL; headers: IncomingHttpHeaders; hooks: GatewayHooks },
): Promise<void> {
  const startedAt = performance.now();
  const question = await readAskedCall(request)
    .then(async (read) => {
      await hooks.before(read.asked);
      return read;
    })
    .catch((error: unknown) => void refuse(response, error));
  if (question === undefined) return;
  const { body, asked } = question;
  // What is compressed could not be listened to.
  const { 'accept-encoding': _, 'transfer-encoding': __, ...plain } = headers;
  const onward = { ...plain, 'content-length': String(body.length) };
  const tap = await forward(request, response, target, onward, (to) => void to.end(body));
  if (tap === undefined) {
    hooks.unanswered?.(asked);
    return;
  }
  const durationMs = Math.round(performance.now() - startedAt);
  await hooks.after({ model: asked.model, ...tap.finish(asked.inputTokens), durationMs }, asked);
}

/** The shape is what both kinds of providers write. */
function refuse(response: ServerResponse, error: unknown): void {
  const { status, message } =
    error instanceof GatewayRefusal ? error : { status: 402, message: 'The house does not pay for this call.' };
  const type = status === 429 ? 'rate_limit_error' : status === 402 ? 'billing_error' : 'invalid_request_error';
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify({ type: 'error', error: { type, code: type, message } }));
}

/** Passes a request on and its answer back. Gives what was heard of an answer that was none of refusal. */
function forward(
  request: IncomingMessage,
  response: ServerResponse,
  target: URL,
  headers: IncomingHttpHeaders,
  send: (onward: ClientRequest) => void,
): Promise<AnswerTap | undefined> {
  const { promise, resolve } = Promise.withResolvers<AnswerTap | undefined>();
  const onward = (target.protocol === 'https:' ? httpsRequest : httpRequest)({
    host: target.hostname.replace(/^\[|\]$/g, ''),
    port: target.port || (target.protocol === 'https:' ? 443 : 80),
    method: request.method,
    path: request.url ?? '/',
    headers,
    timeout: SILENCE_MS,
  });
  const fail = () => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { 'content-type': 'text/plain' }).end('The provider did not answer.');
  };
  let tap: AnswerTap | undefined;
  let isAnswered = false;
  onward.on('timeout', () => onward.destroy());
  onward.on('error', fail);
  onward.on('close', () => {
    if (!isAnswered) resolve(undefined);
  });
  onward.on('response', (answer) => {
    isAnswered = true;
    const { statusCode = 502 } = answer;
    if (statusCode < 400) tap = new AnswerTap(answer.headers['content-type'] ?? '');
    response.writeHead(statusCode, answer.headers);
    answer.on('data', (chunk: Buffer) => tap?.write(chunk));
    answer.on('error', fail);
    answer.once('close', () => resolve(tap));
    answer.pipe(response);
  });
  if (response.destroyed) onward.destroy();
  response.once('close', () => onward.destroy());
  request.on('error', () => onward.destroy());
  send(onward);
  return promise;
}
