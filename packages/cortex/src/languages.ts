import { createRequire } from 'node:module';
import { stemmer as stemEnglish } from 'stemmer';
import { WordCache } from './word-cache.ts';

/** The little words of each language: they tell a text's language, and are not searched for. */
const STOP_WORDS = {
  en: `a about after all also am an and any are as at be because been before being but by can could did do does doing for from
    get give had has have having he her here hers him his how i if in into is it its just know like me more most my no not of
    off on one only or other out over our please said say she should so some tell than that the their them then there these
    they this those to too under up us was we were what when where which while who whom whose why will with would you your`,
  de: `aber als am an auch auf aus bei bin bis das dass dem den der des die dies diese durch ein eine einem einen einer es für
    hat habe haben ich ihr im in ist ja kann mein mit nach nicht noch nur oder sein sich sie sind so über um und uns von vor
    war was wenn wer wie wird wir wo zu zum zur`,
  fr: `au aux avec ce ces dans de des du elle en est et eux il ils je la le les leur lui ma mais me mes moi mon ne nos notre
    nous on ou par pas pour qu que qui sa se ses son sur ta te tes toi ton tu un une vos votre vous été être ont sont cette`,
  es: `al algo como con cual cuando de del desde donde el ella en entre era es esta este esto fue ha han hasta hay la las le lo
    los más me mi mucho muy no nos o para pero por que quien se ser si sin sobre su sus también te tiene un una y ya yo`,
  it: `ad al alla anche che chi ci come con cui da dal dalla degli dei del della delle di dove e era gli ha ho i il in io la le
    lei lo loro lui ma mi mio nel nella non o per perché più quale quando questa questo se si sono su sua suo tra un una uno`,
  nl: `aan als bij dan dat de der deze die dit door een en er had heb heeft het hij hoe ik in is je kan maar meer met mijn naar
    niet nog of om onder ons ook op over te tot uit van veel voor was wat we wel werd wie wij worden zal ze zij zijn zo`,
  pt: `a ao aos as com como da das de dele dos e ela ele em entre era essa esse esta este eu foi há isso já mais mas me meu
    minha muito na nas não nem no nos o os ou para pela pelo por qual quando que quem se sem ser seu sua são também um uma`,
  sv: `alla att av blev bli de den det där du då efter eller en ett från för ha hade han har hon här i icke inte jag kan man med
    men mig min när och om oss på sig sin skulle som så till under upp ut var vi vid är`,
  da: `af alle at blev da de den der det dig din du efter en er et for fra ham han har hun hvad hvor i ikke jeg kan med men mig
    min når og også om os over på sig skal som til ud var vi vil været`,
  no: `alle at av ble bli da de den der det du eller en er et etter for fra ha hadde han har hun hva hvor i ikke jeg kan med
    men meg min når og også om oss over på seg skal som så til ut var vi vil`,
  fi: `ei eivät en että he hän ja joka jos kanssa kuin kun me minä mikä mutta myös ne niin nyt oli olen on ovat se sen sinä
    sitä tai te tämä vain`,
  ru: `а без бы был была были быть в вам вас вот все вы где да для до его ее если есть еще же за и из или им их к как ко когда
    кто ли меня мне мы на не него нет но о об он она они от по под при с со так там то только ты у уже чем что это я`,
} as const;

export type Language = keyof typeof STOP_WORDS;

const words = (list: string) => new Set(list.trim().split(/\s+/));
const STOP_WORD_SETS = Object.fromEntries(
  Object.entries(STOP_WORDS).map(([language, list]) => [language, words(list)]),
) as Record<Language, Set<string>>;
const LANGUAGES = Object.keys(STOP_WORDS) as Language[];
const ALGORITHMS: Record<Exclude<Language, 'en'>, string> = {
  de: 'german',
  fr: 'french',
  es: 'spanish',
  it: 'italian',
  nl: 'dutch',
  pt: 'portuguese',
  sv: 'swedish',
  da: 'danish',
  no: 'norwegian',
  fi: 'finnish',
  ru: 'russian',
};

export function isStopWord(word: string, language: Language): boolean {
  return STOP_WORD_SETS[language].has(word);
}

/** In which languages each little word is one, as bits. */
const LANGUAGES_OF_WORD = new Map<string, number>();
for (const [index, language] of LANGUAGES.entries())
  for (const word of STOP_WORD_SETS[language])
    LANGUAGES_OF_WORD.set(word, (LANGUAGES_OF_WORD.get(word) ?? 0) | (1 << index));

/** The language whose little words occur most often in the text; English unless another is clearly ahead. */
export function detectLanguage(tokens: readonly string[]): Language {
  const counts = new Array<number>(LANGUAGES.length).fill(0);
  for (let at = 0; at < Math.min(tokens.length, 200); at++) {
    const bits = LANGUAGES_OF_WORD.get(tokens[at] as string);
    if (bits === undefined) continue;
    for (let index = 0; index < counts.length; index++)
      if (bits & (1 << index)) counts[index] = (counts[index] as number) + 1;
  }
  const english = counts[LANGUAGES.indexOf('en')] as number;
  let best = LANGUAGES.indexOf('en');
  for (const [index, count] of counts.entries()) if (count > (counts[best] as number)) best = index;
  const most = counts[best] as number;
  return most >= 2 && most >= english * 1.5 ? (LANGUAGES[best] as Language) : 'en';
}

/** A comma-separated list, as a store keeps it. */
export function parseLanguages(list: string): Language[] {
  return list.split(',').filter((language): language is Language => Object.hasOwn(STOP_WORDS, language));
}

interface Stemmer {
  stem(word: string): string;
}

const stemmers = new Map<Language, Stemmer>();
const cache = new Map<Language, WordCache<string>>();
const CACHE_WORDS_MAX = 100_000;

/** The stem of a lower-case word (Porter for English, Snowball for the others), without accents. */
export function stemOf(word: string, language: Language): string {
  let known = cache.get(language);
  if (known === undefined) {
    known = new WordCache(CACHE_WORDS_MAX);
    cache.set(language, known);
  }
  let stem = known.get(word);
  if (stem === undefined) {
    stem = withoutAccents(language === 'en' ? stemEnglish(withoutAccents(word)) : stemmerOf(language).stem(word));
    known.set(word, stem);
  }
  return stem;
}

function stemmerOf(language: Exclude<Language, 'en'>): Stemmer {
  let stemmer = stemmers.get(language);
  if (stemmer === undefined) {
    // Loaded by the first text that is not English: 860 kB that most starts need not read.
    const snowball = createRequire(import.meta.url)('snowball-stemmers') as { newStemmer(name: string): Stemmer };
    stemmer = snowball.newStemmer(ALGORITHMS[language]);
    stemmers.set(language, stemmer);
  }
  return stemmer;
}

export function withoutAccents(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '');
}
