import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isAllowedHost, plainHostName } from './allowed-hosts.ts';
import { isPublicAddress } from './public-address.ts';

/** Where agents may connect to. */
export interface EgressRules {
  /** `host:port` of private addresses that the operator allows all the same. */
  privateHosts: readonly string[];
  /**
   * The only hosts that may be reached: `example.com`, `*.example.com`, either with `:443`. Absent: every public host. A
   * private host has to stand here too where there is such a list.
   */
  allowedHosts?: readonly string[];
}

/** A host name → all of its addresses. */
export type EgressLookup = (hostname: string) => Promise<LookupAddress[]>;

/** The rules do not let a connection out. Its message is for the one who asked. */
export class EgressRefused extends Error {
  constructor(host: string, why = 'is not in the public internet, and the office does not allow it') {
    super(`"${host.slice(0, 200)}" ${why}.`);
    this.name = 'EgressRefused';
  }
}

const lookupAll: EgressLookup = (hostname) => lookup(hostname, { all: true });

/**
 * A host name → the one address to connect to. The name is resolved here and the connection made to just that address, so
 * nobody can answer this question one way and the next another way. Throws `EgressRefused`.
 */
export async function resolveEgress(
  hostname: string,
  port: number,
  rules: EgressRules,
  lookupHost: EgressLookup = lookupAll,
): Promise<LookupAddress> {
  const host = plainHostName(hostname);
  // Before the name is looked up: a question to a name server carries data out as well.
  if (rules.allowedHosts !== undefined && !isAllowedHost(host, port, rules.allowedHosts))
    throw new EgressRefused(hostname, 'is not among the hosts that may be reached from here');
  const family = isIP(host);
  const addresses = family === 0 ? await lookupHost(host) : [{ address: host, family }];
  const [first] = addresses;
  if (first === undefined) throw new EgressRefused(hostname);
  if (rules.privateHosts.includes(`${host}:${port}`)) return first;
  // One private address among several is enough to refuse: which one would be taken is not the caller's to choose.
  if (!addresses.every(({ address }) => isPublicAddress(address))) throw new EgressRefused(hostname);
  return first;
}
