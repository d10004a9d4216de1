import type { EgressRules } from './egress.ts';
import { egressRequest, readBounded } from './egress-request.ts';

export interface FetchRules extends EgressRules {
  timeoutMs: number;
  bytesMax: number;
}

export interface FetchedPage {
  url: string;
  status: number;
  mediaType: string;
  body: Buffer;
  isTruncated: boolean;
}

const REDIRECTS_MAX = 5;
const HEADERS = { accept: 'text/html,text/plain,application/json,*/*;q=0.5', 'user-agent': 'Guildhall' };
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** GET over http(s), redirects followed, each looked at like the first. Throws `EgressRefused` or an `Error` worded for people. */
export async function fetchPage(address: string, rules: FetchRules, signal: AbortSignal): Promise<FetchedPage> {
  const all = AbortSignal.any([signal, AbortSignal.timeout(rules.timeoutMs)]);
  let url = parse(address);
  for (let redirects = 0; ; redirects++) {
    const response = await egressRequest(url, { method: 'GET', headers: HEADERS, signal: all }, rules);
    const status = response.statusCode ?? 0;
    const location = response.headers.location;
    if (!REDIRECTS.has(status) || location === undefined) {
      const { body, isTruncated } = await readBounded(response, rules.bytesMax);
      const mediaType = (response.headers['content-type'] ?? 'application/octet-stream').split(';')[0] ?? '';
      return { url: url.href, status, mediaType: mediaType.trim().toLowerCase(), body, isTruncated };
    }
    response.destroy();
    if (redirects >= REDIRECTS_MAX) throw new Error(`More than ${REDIRECTS_MAX} redirects.`);
    url = parse(new URL(location, url).href);
  }
}

function parse(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw new Error('The address is not an http or https address.');
  if (url.username !== '' || url.password !== '') throw new Error('The address carries a password.');
  return url;
}
