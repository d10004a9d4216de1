import { hash, randomBytes, randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const ID_BYTES = 16;
const SEQUENCE_END = 2 ** 32;
/** Random bytes are fetched for many ids at once: a call to the system for each is the larger part of an id's cost. */
const pool = new Uint8Array(512 * ID_BYTES);
let poolAt = pool.length;
let lastMs = 0;
let sequence = 0;

/** UUIDv7: sorts by creation time within a process, also within a millisecond, so indexes stay dense. */
export function newId(): string {
  if (poolAt === pool.length) {
    randomFillSync(pool);
    poolAt = 0;
  }
  const random = pool.subarray(poolAt, poolAt + ID_BYTES);
  poolAt += ID_BYTES;
  const nowMs = Date.now();
  if (nowMs > lastMs) {
    lastMs = nowMs;
    // Half of the range, so that a millisecond has room to count up.
    sequence = (((random[0] ?? 0) << 16) | ((random[1] ?? 0) << 8) | (random[2] ?? 0)) * 128;
  } else {
    sequence += 1;
    if (sequence === SEQUENCE_END) {
      lastMs += 1;
      sequence = 0;
    }
  }
  return v7({ random, msecs: lastMs, seq: sequence });
}

/** Whether a text looks like an id. */
export function looksLikeId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/** `prefix` + random hex. 32 bytes are 256 bits: nothing to guess. */
export function newSecret(prefix: string, bytes = 32): string {
  return prefix + randomBytes(bytes).toString('hex');
}

export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}
