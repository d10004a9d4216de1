import { knownWord } from './known-words.ts';
import { detectLanguage, isStopWord, type Language, stemOf } from './languages.ts';

const TOKEN = /[\p{L}\p{M}\p{N}]+/gu;
const WITHOUT_SPACES = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
const TOKEN_CHARS_MAX = 64;

/** The words of a text, lower case, in order. `name@host`, handles, dates and ids fall into their parts. */
export function tokensOf(text: string): string[] {
  const tokens = text.toLowerCase().normalize('NFKC').match(TOKEN) ?? [];
  return WITHOUT_SPACES.test(text) ? tokens.flatMap(splitWithoutSpaces) : tokens;
}

/** Scripts that write no spaces are searched by pairs of characters. */
function splitWithoutSpaces(token: string): string[] {
  if (!WITHOUT_SPACES.test(token)) return [token];
  const characters = [...token];
  return characters.length < 2 ? [token] : characters.slice(1).map((character, index) => characters[index] + character);
}

/** The words of a text that carry meaning, stemmed, in order, with repeats. */
export function stemsOf(text: string, language: Language): string[] {
  const stems: string[] = [];
  for (const token of tokensOf(text)) {
    if (language === 'en') {
      const { stem } = knownWord(token);
      if (stem !== '') stems.push(stem);
    } else if (isSearched(token, language)) stems.push(stemOf(token, language));
  }
  return stems;
}

export function languageOf(text: string): Language {
  return detectLanguage(tokensOf(text.length > 4_000 ? text.slice(0, 4_000) : text));
}

export function isSearched(token: string, language: Language): boolean {
  const isWord = token.length > 1 || /\p{N}/u.test(token) || WITHOUT_SPACES.test(token);
  return isWord && token.length <= TOKEN_CHARS_MAX && !isStopWord(token, language);
}

/** What of a piece is searched, by field. */
export interface ChunkFields {
  body: string;
  title: string;
  author: string;
  /** When it was said, in words. */
  time: string;
  /** The turns around it in its thread, nearest first. */
  before: readonly string[];
  after: readonly string[];
}

/** Measured on the public sets, one configuration for all of them (`npm run bench -- memory`). */
const WEIGHTS = {
  body: 1,
  title: 0.5,
  firstLine: 0.5,
  author: 1.5,
  time: 0.3,
  before: [0.4, 0.2],
  after: [0.2],
} as const;

export interface AnalysedChunk {
  /** How often each stem occurs, each field counted by its weight. */
  frequencies: Map<string, number>;
  /** All of them together. */
  length: number;
}

/** A piece → its weighted words. The same fields give the same words, which is how a piece is taken out of the index again. */
export function analyseChunk(fields: ChunkFields, language: Language): AnalysedChunk {
  const frequencies = new Map<string, number>();
  let length = 0;
  const add = (text: string, weight: number) => {
    if (text === '') return;
    for (const stem of stemsOf(text, language)) {
      frequencies.set(stem, (frequencies.get(stem) ?? 0) + weight);
      length += weight;
    }
  };
  add(fields.body, WEIGHTS.body);
  add(fields.title, WEIGHTS.title);
  if (fields.title === '') add(firstLineOf(fields.body), WEIGHTS.firstLine);
  add(fields.author, WEIGHTS.author);
  add(fields.time, WEIGHTS.time);
  for (const [index, weight] of WEIGHTS.before.entries()) add(fields.before[index] ?? '', weight);
  for (const [index, weight] of WEIGHTS.after.entries()) add(fields.after[index] ?? '', weight);
  return { frequencies, length };
}

/** The first line of a text of several lines, when it reads as a heading. */
export function firstLineOf(body: string): string {
  const end = body.indexOf('\n');
  if (end < 1 || end > 120 || body.slice(end).trim() === '') return '';
  return body.slice(0, end).replace(/^#+\s*/, '');
}
