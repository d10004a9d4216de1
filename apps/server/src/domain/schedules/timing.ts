import { errors, sha256Hex } from '@guildhall/kernel';
import { Cron } from 'croner';

/** When a schedule fires: a cron expression in a time zone, every so often, or once. */
export interface Timing {
  cron: string | null;
  everyMs: number | null;
  timezone: string;
  /** Absent or null for one that fires again and again. */
  onceAt?: number | null;
}

export const EVERY_MS_MIN = 10_000;
/** Beyond the last time that can be written as a date. */
const TIME_END_MS = 253_402_300_800_000;
const EVERY_MS_MAX = 366 * 86_400_000;

/** Throws `validation_failed` for what never fires, or more often than every ten seconds. */
export function checkTiming({ cron, everyMs, timezone, onceAt = null }: Timing): void {
  if ([cron, everyMs, onceAt].filter((timing) => timing !== null).length !== 1)
    throw errors.validationFailed('cron', 'or every_seconds or at: give exactly one of them');
  if (onceAt !== null && !(Number.isSafeInteger(onceAt) && onceAt >= 0 && onceAt < TIME_END_MS))
    throw errors.validationFailed('at', 'is not a time');
  if (everyMs !== null && !(everyMs >= EVERY_MS_MIN && everyMs <= EVERY_MS_MAX))
    throw errors.validationFailed('every_seconds', `is not between ${EVERY_MS_MIN / 1000} and ${EVERY_MS_MAX / 1000}`);
  if (cron === null) return;
  const isFiveFields = cron.trim().split(/\s+/).length === 5;
  try {
    if (isFiveFields && new Cron(cron, { timezone }).nextRun() !== null) return;
  } catch {
    // Said below, in words that name the field.
  }
  throw errors.validationFailed(
    'cron',
    'is no cron expression of five fields that ever fires, or the time zone is unknown',
  );
}

/** The first time after `afterMs`. Intervals keep their beat: they are counted from when the schedule was made. */
export function nextTime(timing: Timing, madeAt: number, afterMs: number): number {
  if (timing.onceAt != null) return timing.onceAt;
  if (timing.everyMs !== null) return madeAt + (Math.floor((afterMs - madeAt) / timing.everyMs) + 1) * timing.everyMs;
  const next = new Cron(timing.cron ?? '', { timezone: timing.timezone }).nextRun(new Date(afterMs));
  // A cron that has no next time is over: far away, so that it is never due.
  return next?.getTime() ?? 8_640_000_000_000_000;
}

/** The next time with the schedule's jitter: always the same for one firing, spread between 0 and `jitterMs` over many. */
export function nextFiring(
  schedule: Timing & { id: string; madeAt: number; jitterMs: number },
  afterMs: number,
): number {
  const at = nextTime(schedule, schedule.madeAt, afterMs);
  if (schedule.jitterMs <= 0) return at;
  return at + (Number.parseInt(sha256Hex(`${schedule.id}/${at}`).slice(0, 8), 16) % schedule.jitterMs);
}
