/** Where every part reads the time, so that tests can set it. Milliseconds UTC since 1970. */
export interface Clock {
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
