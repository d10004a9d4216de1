import { setTimeout as delay } from 'node:timers/promises';

/** Short enough not to be felt, long enough that looking does not take the processor from what is looked at. */
const BETWEEN_LOOKS_MS = 10;

/** Looks until `look` returns something other than undefined; fails with `what` (made then) after `timeoutMs`. */
export async function eventually<T>(
  what: string | (() => string),
  look: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline)
      throw new Error(`waited ${timeoutMs} ms for: ${typeof what === 'string' ? what : what()}`);
    await delay(BETWEEN_LOOKS_MS);
  }
}
