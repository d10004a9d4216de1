const DAY_MS = 86_400_000;

/** Milliseconds → ISO 8601 with `Z`, the only time format that leaves the house. */
export function formatInstant(atMs: number): string {
  return new Date(atMs).toISOString();
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
