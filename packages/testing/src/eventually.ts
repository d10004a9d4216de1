import { setImmediate as nextTurn } from 'node:timers/promises';

/** Looks until `look` returns something other than undefined; fails with `what` after `timeoutMs`. No fixed waits. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms for: ${what}`);
    await nextTurn();
  }
}
