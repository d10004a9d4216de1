import { isStopWord, stemOf } from './languages.ts';
import { WordCache } from './word-cache.ts';

/** What there is to know of an English word, looked up once for all that is done with it. */
export interface KnownWord {
  /** Empty for what is not searched by. */
  stem: string;
  /** Where it and its parts lie in the space of the built-in embedder, made when first needed. */
  features: { places: number[]; weights: number[] } | undefined;
}

const WORDS_KEPT = 60_000;
const TOKEN_CHARS_MAX = 64;
const known = new WordCache<KnownWord>(WORDS_KEPT);
const WITHOUT_SPACES = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

export function knownWord(token: string): KnownWord {
  let word = known.get(token);
  if (word === undefined) {
    const isWord = token.length > 1 || /\p{N}/u.test(token) || WITHOUT_SPACES.test(token);
    const isSearched = isWord && token.length <= TOKEN_CHARS_MAX && !isStopWord(token, 'en');
    word = { stem: isSearched ? stemOf(token, 'en') : '', features: undefined };
    known.set(token, word);
  }
  return word;
}
