import type { IncomingMessage } from 'node:http';
import type { FetchLike } from '@modelcontextprotocol/client';
import type { EgressRules } from '../web/egress.ts';
import { egressRequest } from '../web/egress-request.ts';
import { McpFailure } from './failure.ts';
import { MESSAGE_BYTES_MAX } from './server-settings.ts';

const STATUSES_WITHOUT_BODY = new Set([204, 205, 304]);

/**
 * `fetch` for the client library, under the rules of egress: the name is resolved once and the connection made to just that
 * address. Redirects are handed back, so that each hop comes here again or goes nowhere. `onBroken` hears of an answer that
 * broke off or was too long, because the library would let its caller wait.
 */
export function egressFetch(rules: EgressRules, onBroken: (failure: McpFailure) => void): FetchLike {
  return async (address, init = {}) => {
    const method = init.method ?? 'GET';
    const response = await send(new URL(address), method, init, rules);
    const status = response.statusCode ?? 0;
    const headers = new Headers();
    for (const [name, value] of Object.entries(response.headers)) headers.set(name, String(value));
    if (STATUSES_WITHOUT_BODY.has(status)) {
      response.resume();
      return new Response(null, { status, headers });
    }
    if ((headers.get('content-encoding') ?? 'identity') !== 'identity') {
      response.destroy();
      throw new McpFailure('The server answers compressed, although it was asked not to.');
    }
    const onError = (failure: McpFailure) => {
      if (method === 'POST' && init.signal?.aborted !== true) onBroken(failure);
    };
    return new Response(ReadableStream.from(bounded(response, onError)), { status, headers });
  };
}

async function send(url: URL, method: string, init: RequestInit, rules: EgressRules): Promise<IncomingMessage> {
  if (!['http:', 'https:'].includes(url.protocol))
    throw new McpFailure('The address of the server is not http or https.');
  const headers = new Headers(init.headers);
  headers.set('accept-encoding', 'identity');
  const body = typeof init.body === 'string' ? init.body : undefined;
  const signal = init.signal ?? undefined;
  return egressRequest(url, { method, headers: Object.fromEntries(headers), body, signal }, rules);
}

/** The body as it comes. What is bounded is one message: a stream of events may go on for as long as the connection. */
async function* bounded(response: IncomingMessage, onError: (failure: McpFailure) => void): AsyncGenerator<Buffer> {
  const isStream = (response.headers['content-type'] ?? '').startsWith('text/event-stream');
  const size = isStream ? eventSize() : totalSize();
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      if (size(chunk) > MESSAGE_BYTES_MAX)
        throw new McpFailure(
          `The server sent more than ${MESSAGE_BYTES_MAX / 1_000_000} MB at once, which is not read.`,
        );
      yield chunk;
    }
  } catch (error) {
    onError(error instanceof McpFailure ? error : new McpFailure('The server broke its answer off.', { cause: error }));
    throw error;
  } finally {
    response.destroy();
  }
}

function totalSize(): (chunk: Buffer) => number {
  let bytes = 0;
  return (chunk) => {
    bytes += chunk.length;
    return bytes;
  };
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** How large the event under way is; an empty line ends it. */
function eventSize(): (chunk: Buffer) => number {
  let bytes = 0;
  let lineBytes = 0;
  let largest = 0;
  return (chunk) => {
    largest = bytes;
    for (const byte of chunk) {
      bytes += 1;
      if (byte === LINE_FEED) {
        if (lineBytes === 0) bytes = 0;
        lineBytes = 0;
      } else if (byte !== CARRIAGE_RETURN) lineBytes += 1;
      if (bytes > largest) largest = bytes;
    }
    return largest;
  };
}
