const MICROS_PER_CENT = 10_000;

/** Micros → cents, rounded up: the house never gives away a part of a cent, and never charges the same part twice. */
export function centsOfMicros(micros: number): number {
  return Math.ceil(micros / MICROS_PER_CENT);
}
