import { egressRequest, readBounded } from '@guildhall/agent';
import type { House } from '../domain/context/index.ts';
import { egressRulesIn } from './egress-rules.ts';

const BODY_BYTES_MAX = 2_000_000;

/** Asks a service of others under the rules of the office: what its agents may not reach, this does not either. */
export function askOutsideWithin(privateHosts: House['privateHosts']): House['askOutside'] {
  return async (url, request, settings, signal) => {
    const response = await egressRequest(url, { ...request, signal }, egressRulesIn(settings, privateHosts));
    const { body, isTruncated } = await readBounded(response, BODY_BYTES_MAX);
    const headers = Object.entries(response.headers).map(([name, value]) => [name, String(value)] as const);
    return { status: response.statusCode ?? 0, headers: Object.fromEntries(headers), body, isTruncated };
  };
}
