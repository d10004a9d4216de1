import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type EgressRules, resolveEgress } from './egress.ts';

export interface EgressRequest {
  method: string;
  headers: Record<string, string>;
  body?: string | Buffer | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * One request over http(s) under the rules of egress: the name is resolved once and the connection made to just that address.
 * Redirects are handed back, so that each hop comes here again or goes nowhere. Throws `EgressRefused` and what the network throws.
 */
export async function egressRequest(url: URL, asked: EgressRequest, rules: EgressRules): Promise<IncomingMessage> {
  const isSecure = url.protocol === 'https:';
  const { address, family } = await resolveEgress(url.hostname, Number(url.port || (isSecure ? 443 : 80)), rules);
  asked.signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = (isSecure ? httpsRequest : httpRequest)(
    url,
    {
      method: asked.method,
      // Said for every method: where it is not, a body lies on the wire as if it were the next request.
      headers:
        asked.body === undefined
          ? asked.headers
          : { ...asked.headers, 'content-length': String(Buffer.byteLength(asked.body)) },
      agent: false,
      ...(asked.signal === undefined ? {} : { signal: asked.signal }),
      lookup: (_name, options, done) =>
        options.all === true ? done(null, [{ address, family }]) : done(null, address, family),
    },
    resolve,
  );
  request.on('error', reject);
  request.end(asked.body);
  return promise;
}

/** The body up to a size; what is longer is cut, and the rest not read. */
export async function readBounded(
  response: IncomingMessage,
  bytesMax: number,
): Promise<{ body: Buffer; isTruncated: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size <= bytesMax) continue;
    response.destroy();
    return { body: Buffer.concat(chunks).subarray(0, bytesMax), isTruncated: true };
  }
  return { body: Buffer.concat(chunks), isTruncated: false };
}
