import { hash, randomBytes } from 'node:crypto';
import { v7 } from 'uuid';

/** UUIDv7: sorts by creation time within a process, so indexes stay dense. */
export function newId(): string {
  return v7();
}

/** `prefix` + random hex. 32 bytes are 256 bits: nothing to guess. */
export function newSecret(prefix: string, bytes = 32): string {
  return prefix + randomBytes(bytes).toString('hex');
}

export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}
