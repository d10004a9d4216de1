const DAY_MS = 86_400_000;

const TWO_DIGITS = Array.from({ length: 100 }, (_, value) => String(value).padStart(2, '0'));
let knownDay = Number.NaN;
let knownDate = '';

/**
 * Milliseconds → ISO 8601 with `Z`, the only time format that leaves the house. Lists format hundreds of times of the
 * same few days, so the date is kept and only the time is written anew.
 */
export function formatInstant(atMs: number): string {
  const day = Math.floor(atMs / DAY_MS);
  if (day !== knownDay) {
    knownDate = new Date(day * DAY_MS).toISOString().slice(0, -13);
    knownDay = day;
  }
  const ms = Math.floor(atMs - day * DAY_MS);
  const [hour, minute, second] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1000) % 60];
  return `${knownDate}${TWO_DIGITS[hour]}:${TWO_DIGITS[minute]}:${TWO_DIGITS[second]}.${String(ms % 1000).padStart(3, '0')}Z`;
}

/** ISO 8601, or milliseconds or seconds as digits → milliseconds; undefined when it is none of them. */
export function parseInstant(text: string): number | undefined {
  if (/^\d{1,16}$/.test(text)) {
    const value = Number(text);
    return value < 100_000_000_000 ? value * 1000 : value;
  }
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : atMs;
}

/** The first millisecond of the UTC day that `atMs` lies in: daily caps count from here. */
export function startOfUtcDayMs(atMs: number): number {
  return Math.floor(atMs / DAY_MS) * DAY_MS;
}

/** When a daily cap resets. */
export function startOfNextUtcDayMs(atMs: number): number {
  return startOfUtcDayMs(atMs) + DAY_MS;
}

/** The first millisecond of the UTC month that `atMs` lies in. */
export function startOfUtcMonthMs(atMs: number): number {
  const date = new Date(atMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}

/** When a monthly cap resets. */
export function startOfNextUtcMonthMs(atMs: number): number {
  const date = new Date(atMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}
