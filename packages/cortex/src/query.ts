import { isSearched, tokensOf } from './analysis.ts';
import { type Language, stemOf } from './languages.ts';
import { rangeIn, type TimeRange } from './time-words.ts';

const WORDS_MAX = 32;

/** What a question asks for, read without a model. */
export interface ParsedQuery {
  /** Its words that carry meaning, without repeats. */
  words: QueryWord[];
  /** Whose words are wanted: "from Runa", "Runa's email", "Runa sent me". */
  author: string[];
  /** Whether the newest is wanted: "latest", "my last mail". */
  wantsNewest: boolean;
  range: (TimeRange & { isRelative: boolean }) | undefined;
}

export interface QueryWord {
  token: string;
  /** Its stem in each language of the store, without repeats. */
  stems: string[];
}

const NEWEST =
  /\b(?:last|latest|newest|most recent)\b(?!\s+(?:\d+|a|an|one|two|three|four|five|six|seven|few|couple)?\s*(?:day|week|month|year|night|time|name|monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|may|june|july|august|september|october|november|december)s?\b)/i;
const AUTHOR = [
  /\b(?:from|by)\s+([\p{L}][\p{L}\p{M}.'_-]*(?:@[\w.-]+)?)/iu,
  /\b([\p{L}][\p{L}\p{M}._-]*)['’]s\s+(?:\w+\s+)?(?:e-?mails?|mails?|messages?|notes?)\b/iu,
  /\b([\p{L}][\p{L}\p{M}._-]*)\s+(?:sent|wrote|mailed|emailed|messaged)\s+(?:me|us|to me)\b/iu,
];

export function parseQuery(query: string, languages: readonly Language[], now: number): ParsedQuery {
  const words = new Map<string, QueryWord>();
  for (const token of tokensOf(query)) {
    if (words.size === WORDS_MAX) break;
    // A stop word of one language may be a name in another: only what is one in all of them is left out.
    if (!languages.some((language) => isSearched(token, language)) || isEnglishStop(token, languages)) continue;
    const stems = [...new Set(languages.map((language) => stemOf(token, language)))];
    const key = stems[0] ?? token;
    if (!words.has(key)) words.set(key, { token, stems });
  }
  const author = AUTHOR.map((pattern) => pattern.exec(query)?.[1]).find((name) => name !== undefined);
  return {
    words: [...words.values()],
    author: author === undefined ? [] : tokensOf(author).filter((token) => isSearched(token, 'en')),
    wantsNewest: NEWEST.test(query),
    range: rangeIn(query, now),
  };
}

/** English question words carry nothing in a store of several languages either. */
function isEnglishStop(token: string, languages: readonly Language[]): boolean {
  return languages.includes('en') && !isSearched(token, 'en');
}
