import { tokensOf } from './analysis.ts';
import type { TermBlock } from './postings.ts';
import type { ParsedQuery, QueryWord } from './query.ts';
import type { Db, Store } from './store.ts';
import { scoreWords } from './word-scores.ts';

const DAY_MS = 86_400_000;
const UNITS_MS: Record<string, number> = { day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS, year: 365 * DAY_MS };
const COUNTS: Record<string, number> = { a: 1, an: 1, one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7 };
const ANCHOR =
  /\b(?:(\d{1,3}|a|an|one|two|three|four|five|six|seven)\s+(day|week|month|year)s?|(the\s+(?:day|week|month|year)))\s+(before|after)\s+(.{3,120})/i;

export interface Anchor {
  range: NonNullable<ParsedQuery['range']>;
  /** The words that tell the time, and not what is asked for. */
  words: QueryWord[];
}

/**
 * A time that is told by something that happened: "two days before the launch". What happened is looked for by its own words,
 * and counts from the time of the piece that fits them best. Undefined when the question tells no such time.
 */
export async function anchoredRange(
  db: Db,
  store: Store,
  question: string,
  query: ParsedQuery,
  postings: ReadonlyMap<string, TermBlock[]>,
  isAllowed: (position: number) => boolean,
): Promise<Anchor | undefined> {
  const told = ANCHOR.exec(question);
  if (told === null) return undefined;
  const tokens = new Set(tokensOf(told[5] ?? ''));
  const words = query.words.filter(({ token }) => tokens.has(token));
  const { scores } = scoreWords(
    words.map(({ stems }) => ({ terms: stems.map((term) => ({ term, weight: 1 })) })),
    postings,
    {
      positions: Number(store.next_position),
      chunks: Number(store.chunk_count),
      meanLength: Math.max(1, Number(store.length_total) / Number(store.chunk_count)),
    },
  );
  let best = -1;
  for (let position = 0; position < scores.length; position++)
    if ((scores[position] as number) > (scores[best] ?? 0) && isAllowed(position)) best = position;
  if (best === -1) return undefined;
  const piece = await db
    .selectFrom('memory_chunks')
    .select('at')
    .where('store', '=', store.number)
    .where('position', '=', best)
    .executeTakeFirst();
  if (piece === undefined) return undefined;
  const unit = (told[2] ?? told[3]?.replace(/^the\s+/i, '') ?? 'day').toLowerCase();
  const count = told[1] === undefined ? 1 : (COUNTS[told[1].toLowerCase()] ?? Number(told[1]));
  const shift = count * (UNITS_MS[unit] ?? DAY_MS) * (told[4]?.toLowerCase() === 'before' ? -1 : 1);
  const day = Math.floor((Number(piece.at) + shift) / DAY_MS) * DAY_MS;
  // "two weeks before" is not a day: as wide as half of its unit on both sides.
  const width = unit === 'day' ? 0 : (UNITS_MS[unit] ?? 0) / 2;
  return { range: { since: day - width, until: day + width + DAY_MS, isRelative: true }, words };
}
