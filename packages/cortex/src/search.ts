import { anchoredRange } from './anchors.ts';
import { BestPositions } from './best-positions.ts';
import { expandGraph } from './graph-expansion.ts';
import { toAnswer } from './hits.ts';
import { intentScores } from './intents.ts';
import { parseLanguages } from './languages.ts';
import { LEXICAL, lexicalVector } from './lexical-embedder.ts';
import type { MemoryAnswer, MemoryQuery, SignalName } from './memory-query.ts';
import { countPostings, readPostings, somePosting, type TermBlock } from './postings.ts';
import { type ParsedQuery, parseQuery } from './query.ts';
import { findNamedPieces, type Readable, readableOf } from './restrictions.ts';
import { SignalTable } from './signal-table.ts';
import { nearWords } from './spelling.ts';
import { countPending, type Db, findStore } from './store.ts';
import { vectorIndexOf } from './vectors.ts';
import { scoreWords } from './word-scores.ts';

/** How many pieces go on from the words to the other signals. */
const CANDIDATES = 200;
const CANDIDATES_FILTERED = 2_000;
const SEEDS = 3;
const GRAPH_WEIGHT = 0.6;
/** A best link below this is weak and must not be blown up to the full weight. */
const GRAPH_FLOOR = 0.3;
/** The built-in embedder knows spellings only: it is asked for words that the store does not have, and must not outvote the others. */
const LEXICAL_WEIGHT = 0.15;
const LEXICAL_FLOOR = 0.3;
/** What was found by words is not outranked by what it led to. */
const BELOW_FIRST = 0.98;
const KEPT_AS_IS = 0.6;
const ID_SCORE = 10;

/** The best pieces for a question, best first. No model is asked. */
export async function searchMemory(db: Db, search: MemoryQuery): Promise<MemoryAnswer> {
  const store = await findStore(db, search.officeId);
  if (store === undefined) return { hits: [], chunks: 0, pending: 0, unknownWords: [], spelledAs: {} };
  const pending = await countPending(db, Number(store.number));
  if (Number(store.chunk_count) === 0) return { hits: [], chunks: 0, pending, unknownWords: [], spelledAs: {} };
  const uses = (signal: SignalName) => search.signals === undefined || search.signals.includes(signal);
  const query = parseQuery(search.query, parseLanguages(store.languages), search.now);
  const readable = await readableOf(db, store, search);
  const read = async (terms: readonly string[]) => seenBy(await readPostings(db, store, terms), readable);
  const postings = await read([...new Set(query.words.flatMap(({ stems }) => stems))]);
  const unknown = query.words.filter(({ stems }) => !stems.some((stem) => postings.has(stem)));
  const near = new Map<string, { term: string; weight: number }[]>();
  for (const { token, stems } of unknown) near.set(token, await nearWords(db, store, stems[0] ?? token));
  const spelled = await read([...near.values()].flat().map(({ term }) => term));
  for (const [term, blocks] of spelled) postings.set(term, blocks);
  for (const [token, terms] of near)
    near.set(
      token,
      terms.filter(({ term }) => spelled.has(term)),
    );
  const anchor =
    query.range === undefined && uses('time')
      ? await anchoredRange(db, store, search.query, query, postings, readable.isAllowed)
      : undefined;
  // What tells the time is not what is asked for, unless nothing else is.
  const told = new Set(anchor?.words);
  const asked = query.words.filter((word) => !told.has(word));
  const words = scoreWords(
    (asked.length === 0 ? query.words : asked).map(({ token, stems }) => ({
      terms: near.get(token) ?? stems.map((term) => ({ term, weight: 1 })),
    })),
    postings,
    {
      positions: Number(store.next_position),
      chunks: Number(store.chunk_count),
      meanLength: Math.max(1, Number(store.length_total) / Number(store.chunk_count)),
    },
  );
  const best = new BestPositions(readable.mustLook || search.asOf !== undefined ? CANDIDATES_FILTERED : CANDIDATES);
  if (uses('words')) {
    const { scores } = words;
    for (let position = 0; position < scores.length; position++) {
      const score = scores[position] as number;
      if (score > 0 && score > best.floor && readable.isAllowed(position)) best.offer(position, score);
    }
  }
  const ranked = await readable.look(best.sorted());
  const signals = new SignalTable();
  for (const { position, score } of ranked) signals.set('words', position, score / Math.max(words.top, 1e-9), score);

  const queryTokens = new Set(query.words.map(({ token }) => token));
  if (uses('graph') && ranked.length > 0) {
    const seeds = ranked.slice(0, SEEDS).map(({ position, score }) => ({ position, score: score / words.top }));
    const place = { number: Number(store.number), chunks: Number(store.chunk_count) };
    const reached = await expandGraph(db, place, seeds, queryTokens);
    const open = await readable.look([...reached].map(([position, score]) => ({ position, score })));
    const allowed = open.filter(({ position }) => readable.isAllowed(position));
    for (const { position, added, score } of weighGraph(allowed, ranked, words.top))
      signals.set('graph', position, added, score);
  }
  const isLost = unknown.length > 0 || ranked.length === 0;
  if (uses('vector') && (search.vector !== undefined || isLost)) {
    const rarity = (stem: string) => {
      const containing = countPostings(postings.get(stem));
      return Math.log(1 + Math.max(0, Number(store.chunk_count) - containing + 0.5) / (containing + 0.5));
    };
    const lexical = () => ({ embedder: LEXICAL, vector: lexicalVector(search.query, rarity), weight: LEXICAL_WEIGHT });
    const { embedder, vector, weight } = search.vector ?? lexical();
    const place = Number(store.number);
    const index = await vectorIndexOf(db);
    const nearest = await index.nearest(db, place, embedder, vector, CANDIDATES, readable.isAllowed);
    const known = ranked.slice(0, CANDIDATES).map(({ position }) => position);
    const scores = await index.cosines(db, place, embedder, vector, known);
    // Everything is a little like everything: what has no word of the question must be alike to count at all.
    const floor = search.vector === undefined && uses('words') ? LEXICAL_FLOOR : 0;
    for (const { position, score } of await readable.look(nearest)) if (score >= floor) scores.set(position, score);
    const most = Math.max(1e-9, ...scores.values());
    for (const [position, score] of scores)
      if (score > 0) signals.set('vector', position, (weight * score) / most, score);
  }
  const range = query.range ?? anchor?.range;
  const intents = await intentScores(db, Number(store.number), search, { ...query, range }, signals.totals(), uses);
  for (const { signal, position, value } of intents) signals.set(signal, position, value, value);
  if (uses('id')) {
    for (const position of await findNamedPieces(db, Number(store.number), search.query)) {
      if (!readable.isAllowed(position)) continue;
      for (const { position: seen } of await readable.look([{ position, score: 1 }]))
        signals.set('id', seen, ID_SCORE, 1);
    }
  }
  return {
    chunks: Number(store.chunk_count),
    pending,
    hits: await toAnswer(db, Number(store.number), signals, search.limit),
    unknownWords: unknown
      .filter(({ token }) => (near.get(token) ?? []).length === 0)
      .map(({ token }) => token)
      .filter((token) => !isToldOtherwise(token, query)),
    spelledAs: Object.fromEntries(
      [...near].filter(([, terms]) => terms.length > 0).map(([token, terms]) => [token, terms.map(({ term }) => term)]),
    ),
  };
}

const TIME_WORD =
  /^(?:last|past|previous|this|ago|yesterday|today|days?|weeks?|months?|years?|before|after|since|until|\d+|january|february|march|april|may|june|july|august|september|october|november|december)$/;

/** What tells when or whose is understood: that no text has the word says nothing. */
function isToldOtherwise(token: string, query: ParsedQuery): boolean {
  return (query.range !== undefined && TIME_WORD.test(token)) || query.author.includes(token);
}

/** A word that only others may read is no word of this store to the reader: not that it is there, nor how it is spelt. */
function seenBy(postings: Map<string, TermBlock[]>, readable: Readable): Map<string, TermBlock[]> {
  if (!readable.hidesAny) return postings;
  for (const [term, blocks] of postings)
    if (!somePosting(blocks, (position) => !readable.isHidden(position))) postings.delete(term);
  return postings;
}

/** Adds the graph to the words in order, but below the piece that fits the words best: it is what led there. */
function weighGraph(
  reached: readonly { position: number; score: number }[],
  ranked: readonly { position: number; score: number }[],
  top: number,
): { position: number; added: number; score: number }[] {
  const first = ranked[0]?.position;
  const byWords = new Map(ranked.map(({ position, score }) => [position, score / top]));
  const most = Math.max(GRAPH_FLOOR, ...reached.map(({ score }) => score));
  const totals = reached
    .filter(({ position }) => position !== first)
    .map(({ position, score }) => {
      const own = byWords.get(position) ?? 0;
      return { position, score, own, total: own + (GRAPH_WEIGHT * score) / most };
    });
  const highest = Math.max(BELOW_FIRST, ...totals.map(({ total }) => total));
  return totals.map(({ position, score, own, total }) => {
    const squeezed =
      total <= KEPT_AS_IS
        ? total
        : KEPT_AS_IS + ((BELOW_FIRST - KEPT_AS_IS) * (total - KEPT_AS_IS)) / (highest - KEPT_AS_IS);
    return { position, score, added: Math.max(0, squeezed - own) };
  });
}
