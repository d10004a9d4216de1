import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isPublicAddress } from './public-address.ts';

/** Where agents may connect to. */
export interface EgressRules {
  /** `host:port` of private addresses that the operator allows all the same. */
  privateHosts: readonly string[];
}

export class EgressRefused extends Error {
  constructor(host: string) {
    super(`"${host.slice(0, 200)}" is not in the public internet, and the office does not allow it.`);
    this.name = 'EgressRefused';
  }
}

/**
 * A host name → the one address to connect to. The name is resolved here and the connection made to just that address, so
 * nobody can answer this question one way and the next another way. Throws `EgressRefused`.
 */
export async function resolveEgress(hostname: string, port: number, rules: EgressRules): Promise<LookupAddress> {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const family = isIP(host);
  const addresses = family === 0 ? await lookup(host, { all: true }) : [{ address: host, family }];
  const [first] = addresses;
  if (first === undefined) throw new EgressRefused(hostname);
  if (rules.privateHosts.includes(`${host}:${port}`)) return first;
  // One private address among several is enough to refuse: which one would be taken is not the caller's to choose.
  if (!addresses.every(({ address }) => isPublicAddress(address))) throw new EgressRefused(hostname);
  return first;
}
