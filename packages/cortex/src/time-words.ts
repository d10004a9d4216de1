const MONTHS = 'january february march april may june july august september october november december'.split(' ');
const DAY_MS = 86_400_000;

/** A time in the words that people ask with: `8 may 2023 monday`. */
export function timeInWords(at: number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime()) || at === 0) return '';
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

const NAMED = MONTHS.map((month) => month.slice(0, 3)).join('|');
const ISO = /\b(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?)?/;
const CLOCK = /\b(\d{1,2}):(\d{2})\s*([ap]m)?\b/i;
const DAY_MONTH = new RegExp(`\\b(\\d{1,2})(?:st|nd|rd|th)?\\s+(${NAMED})[a-z]*\\.?,?\\s+(\\d{4})\\b`, 'i');
const MONTH_DAY = new RegExp(`\\b(${NAMED})[a-z]*\\.?\\s+(\\d{1,2})(?:st|nd|rd|th)?,?\\s+(\\d{4})\\b`, 'i');

/** The first full date in a text that is not longer than a line or two, with its time of day; UTC. */
export function parseDate(text: string): number | undefined {
  const line = text.slice(0, 300);
  const iso = ISO.exec(line);
  if (iso !== null) {
    const [, year, month, day, hour = '0', minute = '0', second = '0'] = iso;
    return valid(Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)));
  }
  const named = DAY_MONTH.exec(line);
  const american = named === null ? MONTH_DAY.exec(line) : null;
  const [day, month, year] =
    named !== null
      ? [named[1], named[2], named[3]]
      : american !== null
        ? [american[2], american[1], american[3]]
        : [undefined, undefined, undefined];
  if (month === undefined) return undefined;
  const index = MONTHS.findIndex((name) => name.startsWith(month.toLowerCase()));
  return valid(Date.UTC(Number(year), index, Number(day)) + clockOf(line));
}

function clockOf(text: string): number {
  const clock = CLOCK.exec(text);
  if (clock === null) return 0;
  const half = clock[3]?.toLowerCase();
  const hour = (Number(clock[1]) % (half === undefined ? 24 : 12)) + (half === 'pm' ? 12 : 0);
  return (hour * 60 + Number(clock[2])) * 60_000;
}

function valid(at: number): number | undefined {
  return Number.isNaN(at) ? undefined : at;
}

export interface TimeRange {
  since: number;
  /** Exclusive. */
  until: number;
}

const COUNTS: Record<string, number> = { a: 1, an: 1, one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7 };
const UNITS_MS = { day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS, year: 365 * DAY_MS } as const;
type Unit = keyof typeof UNITS_MS;
const COUNT = '(\\d{1,3}|a|an|one|two|three|four|five|six|seven)';
const PAST = new RegExp(`\\b(?:last|past|previous)\\s+${COUNT}\\s+(day|week|month|year)s?\\b`, 'i');
const AGO = new RegExp(`\\b${COUNT}\\s+(day|week|month|year)s?\\s+ago\\b`, 'i');
const LAST_UNIT = /\b(last|this|previous)\s+(week|month|year)\b/i;
const MONTH_NAMED = new RegExp(`\\b(?:in|last|since|during|of)\\s+(${MONTHS.join('|')})(?:\\s+(\\d{4}))?\\b`, 'i');
const YEAR = /\b(?:in|during)\s+((?:19|20)\d{2})\b/;
const DAY_OF = new RegExp(
  `\\b(?:${NAMED})[a-z]*\\.?\\s+\\d{1,2}|\\b\\d{1,2}(?:st|nd|rd|th)?\\s+(?:${NAMED})|\\b\\d{4}-\\d{2}-\\d{2}`,
  'i',
);

/**
 * The range of time that a question names, seen from `now`: "yesterday", "last 3 weeks", "two days ago", "last March", "in
 * 2023", "on 2023-05-08". `isRelative` says whether it was counted from now. Undefined when it names none.
 */
export function rangeIn(question: string, now: number): (TimeRange & { isRelative: boolean }) | undefined {
  const relative = (since: number, until: number) => ({ since, until, isRelative: true });
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const past = PAST.exec(question);
  if (past !== null) return relative(today - count(past[1]) * UNITS_MS[unit(past[2])], now + DAY_MS);
  const ago = AGO.exec(question);
  if (ago !== null) {
    const at = today - count(ago[1]) * UNITS_MS[unit(ago[2])];
    // "two weeks ago" is not a day: as wide as half of its unit on both sides.
    const width = ago[2]?.toLowerCase() === 'day' ? 0 : UNITS_MS[unit(ago[2])] / 2;
    return relative(at - width, at + width + DAY_MS);
  }
  if (/\byesterday\b/i.test(question)) return relative(today - DAY_MS, today);
  if (/\btoday\b/i.test(question)) return relative(today, today + DAY_MS);
  const lastUnit = LAST_UNIT.exec(question);
  if (lastUnit !== null) {
    const span = calendarSpan(today, unit(lastUnit[2]), lastUnit[1]?.toLowerCase() === 'this' ? 0 : -1);
    return relative(span.since, span.until);
  }
  const full = DAY_OF.test(question) ? parseDate(question) : undefined;
  if (full !== undefined) {
    const day = Math.floor(full / DAY_MS) * DAY_MS;
    return { since: day, until: day + DAY_MS, isRelative: false };
  }
  const month = MONTH_NAMED.exec(question);
  if (month?.[1] !== undefined) return monthRange(month[1], month[2], now);
  const year = YEAR.exec(question)?.[1];
  if (year === undefined) return undefined;
  return { since: Date.UTC(Number(year), 0), until: Date.UTC(Number(year) + 1, 0), isRelative: false };
}

function count(text = '1'): number {
  return COUNTS[text.toLowerCase()] ?? Number(text);
}

function unit(text = 'day'): Unit {
  return text.toLowerCase() as Unit;
}

/** The week, month or year that many before or after this one. Weeks begin on Monday. */
function calendarSpan(today: number, of: Unit, offset: number): TimeRange {
  const date = new Date(today);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  if (of === 'month') return { since: Date.UTC(year, month + offset), until: Date.UTC(year, month + offset + 1) };
  if (of === 'year') return { since: Date.UTC(year + offset, 0), until: Date.UTC(year + offset + 1, 0) };
  const monday = today - ((date.getUTCDay() + 6) % 7) * DAY_MS;
  return { since: monday + offset * 7 * DAY_MS, until: monday + (offset + 1) * 7 * DAY_MS };
}

/** Without a year, the latest such month that has begun. */
function monthRange(name: string, year: string | undefined, now: number): TimeRange & { isRelative: boolean } {
  const index = MONTHS.indexOf(name.toLowerCase());
  const current = new Date(now).getUTCFullYear();
  const chosen = year !== undefined ? Number(year) : Date.UTC(current, index) <= now ? current : current - 1;
  return { since: Date.UTC(chosen, index), until: Date.UTC(chosen, index + 1), isRelative: year === undefined };
}
