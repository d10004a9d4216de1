import { GuildhallError } from '@guildhall/kernel';
import { principalKey } from '../access/index.ts';
import type { Context } from '../context/index.ts';

/** Somebody mistypes a code a few times; who tries hundreds is guessing. */
const WRONG_MAX = 20;
/** All callers together: many addresses are one guesser too. */
const WRONG_OF_ALL_MAX = 500;
const WINDOW_MS = 600_000;

interface Window {
  startedAt: number;
  all: number;
  byCaller: Map<string, number>;
}

const windows = new WeakMap<Context['house'], Window>();

function current({ house }: Context): Window {
  const now = house.clock.now();
  const known = windows.get(house);
  if (known !== undefined && now - known.startedAt < WINDOW_MS) return known;
  const fresh: Window = { startedAt: now, all: 0, byCaller: new Map() };
  windows.set(house, fresh);
  return fresh;
}

/** Throws `rate_limited` for who has named too many codes that are none. A right code counts nothing. */
export function refuseGuesser(context: Context): void {
  const { startedAt, all, byCaller } = current(context);
  if (all < WRONG_OF_ALL_MAX && (byCaller.get(callerOf(context)) ?? 0) < WRONG_MAX) return;
  throw new GuildhallError('rate_limited', {
    message: 'Too many invites were asked for that are none.',
    retryAfterSeconds: Math.max(1, Math.ceil((startedAt + WINDOW_MS - context.house.clock.now()) / 1_000)),
  });
}

export function noteGuess(context: Context): void {
  const window = current(context);
  const caller = callerOf(context);
  window.all += 1;
  window.byCaller.set(caller, (window.byCaller.get(caller) ?? 0) + 1);
}

/** An IPv6 address is one of as many as its holder likes: the network counts. */
function callerOf({ principal }: Context): string {
  if (principal.kind !== 'anonymous' || !principal.address.includes(':')) return principalKey(principal);
  return principal.address.startsWith('::ffff:')
    ? principal.address
    : principal.address.split(':').slice(0, 4).join(':');
}
