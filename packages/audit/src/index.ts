import { canonicalJson, sha256Hex } from '@guildhall/kernel';

/** The hash that the first entry of every chain follows. */
export const GENESIS_HASH = '0'.repeat(64);

export interface AuditEntry {
  id: string;
  /** Milliseconds UTC. */
  at: number;
  type: string;
  actor: string;
  /** Canonical JSON: what changed, who asked, who approved. */
  payload: string;
  prevHash: string;
  hash: string;
}

/** Makes the entry that follows `prevHash`: `sha256(id|ts|type|actor|payload|prev_hash)`. */
export function chainEntry(
  prevHash: string,
  entry: { id: string; at: number; type: string; actor: string; payload: unknown },
): AuditEntry {
  const payload = canonicalJson(entry.payload);
  const { id, at, type, actor } = entry;
  return { id, at, type, actor, payload, prevHash, hash: hashOf(id, at, type, actor, payload, prevHash) };
}

/** The index of the first entry that does not follow from the one before it, or undefined when the chain holds. */
export function firstBrokenEntry(entries: readonly AuditEntry[], prevHash: string = GENESIS_HASH): number | undefined {
  let expected = prevHash;
  for (const [index, entry] of entries.entries()) {
    const { id, at, type, actor, payload, hash } = entry;
    if (entry.prevHash !== expected || hash !== hashOf(id, at, type, actor, payload, expected)) return index;
    expected = hash;
  }
  return undefined;
}

function hashOf(id: string, at: number, type: string, actor: string, payload: string, prevHash: string): string {
  return sha256Hex(`${id}|${at}|${type}|${actor}|${payload}|${prevHash}`);
}
