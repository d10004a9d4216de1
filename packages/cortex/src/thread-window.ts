import { sql } from 'kysely';
import { type AnalysedChunk, analyseChunk } from './analysis.ts';
import type { Language } from './languages.ts';
import type { PostingChanges } from './postings.ts';
import type { Db } from './store.ts';
import { timeInWords } from './time-words.ts';

/** How far a turn's words reach: into the two after it and the one before. */
const BEFORE = 2;
const AFTER = 1;

const THREADS_A_STATEMENT = 400;
const SHORT_THREAD = 100;
const POSITIONS_A_STATEMENT = 4_000;

/** A piece with what of it is searched. */
export interface IndexedChunk {
  position: number;
  at: number;
  thread: string;
  body: string;
  title: string;
  author: string;
  language: string;
}

/**
 * The part of the index that a change touches. A turn of a thread is also found by the turns around it, so what is put in or
 * taken out changes its neighbours too: what they were found by before is compared with what they are found by after.
 */
export class ThreadWindow {
  /** What stood there before, by thread, in order. */
  readonly #before: Map<string, IndexedChunk[]>;
  readonly #added: IndexedChunk[] = [];
  readonly #removed = new Set<number>();

  private constructor(before: Map<string, IndexedChunk[]>) {
    this.#before = before;
  }

  /** Reads the turns around the given places: short threads whole and many at once, of long ones what lies near. */
  static async read(db: Db, store: number, places: { thread: string; at: number; position: number }[]) {
    const byThread = Map.groupBy(
      places.filter(({ thread }) => thread !== ''),
      ({ thread }) => thread,
    );
    const before = new Map<string, IndexedChunk[]>();
    const threads = [...byThread.keys()];
    for (let from = 0; from < threads.length; from += THREADS_A_STATEMENT) {
      const slice = threads.slice(from, from + THREADS_A_STATEMENT);
      const long = await longThreads(db, store, slice);
      for (const thread of slice) before.set(thread, []);
      for (const turn of await turnsOf(
        db,
        store,
        slice.filter((thread) => !long.has(thread)),
      ))
        before.get(turn.thread)?.push(turn);
      for (const thread of long) before.set(thread, await turnsNear(db, store, thread, byThread.get(thread) ?? []));
    }
    return new ThreadWindow(before);
  }

  add(chunk: IndexedChunk): void {
    this.#added.push(chunk);
  }

  remove(position: number): void {
    this.#removed.add(position);
  }

  /** Writes what the index must change; returns by how much its words grew. Pieces outside of threads are given to `alone`. */
  writeChanges(changes: PostingChanges, alone: readonly IndexedChunk[] = []): number {
    let growth = 0;
    for (const chunk of alone) growth -= take(changes, chunk.position, analysed(chunk, [], []));
    const added = Map.groupBy(this.#added, ({ thread }) => thread);
    for (const chunk of added.get('') ?? []) growth += put(changes, chunk.position, analysed(chunk, [], []));
    for (const thread of new Set([...this.#before.keys(), ...added.keys()])) {
      if (thread === '') continue;
      const before = this.#before.get(thread) ?? [];
      const after = [
        ...before.filter(({ position }) => !this.#removed.has(position)),
        ...(added.get(thread) ?? []),
      ].sort((one, other) => one.at - other.at || one.position - other.position);
      growth += compare(changes, before, after);
    }
    return growth;
  }
}

function turnsIn(db: Db, store: number) {
  return db
    .selectFrom('memory_chunks as chunk')
    .innerJoin('memory_sources as source', 'source.number', 'chunk.source')
    .select([
      'chunk.position',
      'chunk.at',
      'chunk.thread',
      'chunk.body',
      'source.title',
      'source.author',
      'source.language',
    ])
    .where('chunk.store', '=', store);
}

/**
 * Where the turns of threads lie, from the index of threads alone. That they have a name is said in so many words: without it,
 * SQLite does not use an index that holds only those.
 */
export function placesIn(db: Db, store: number, threads: readonly string[]) {
  return db
    .selectFrom('memory_chunks')
    .select('position')
    .where('store', '=', store)
    .where('thread', '<>', sql.lit(''))
    .where('thread', 'in', threads);
}

/** All turns of short threads, in order. */
async function turnsOf(db: Db, store: number, threads: readonly string[]): Promise<IndexedChunk[]> {
  if (threads.length === 0) return [];
  const positions = (await placesIn(db, store, threads).execute()).map(({ position }) => Number(position));
  const turns: IndexedChunk[] = [];
  for (let from = 0; from < positions.length; from += POSITIONS_A_STATEMENT) {
    const slice = positions.slice(from, from + POSITIONS_A_STATEMENT);
    turns.push(...(await turnsIn(db, store).where('chunk.position', 'in', slice).execute()).map(toChunk));
  }
  return turns.sort((one, other) => one.at - other.at || one.position - other.position);
}

function toChunk<Row extends { position: number; at: number }>(row: Row): Row {
  return { ...row, position: Number(row.position), at: Number(row.at) };
}

async function longThreads(db: Db, store: number, threads: string[]): Promise<Set<string>> {
  const rows = await db
    .selectFrom('memory_chunks')
    .select('thread')
    .where('store', '=', store)
    .where('thread', '<>', sql.lit(''))
    .where('thread', 'in', threads)
    .groupBy('thread')
    .having(({ fn }) => fn.countAll(), '>', SHORT_THREAD)
    .execute();
  return new Set(rows.map(({ thread }) => thread));
}

/** Neighbours of neighbours too: a turn at the edge is analysed with what lies around it. */
async function turnsNear(db: Db, store: number, thread: string, places: { at: number }[]): Promise<IndexedChunk[]> {
  const first = places.reduce((low, place) => Math.min(low, place.at), Number.POSITIVE_INFINITY);
  const last = places.reduce((high, place) => Math.max(high, place.at), Number.NEGATIVE_INFINITY);
  const turns = turnsIn(db, store).where('chunk.thread', '<>', sql.lit('')).where('chunk.thread', '=', thread);
  const earlier = await turns
    .where('chunk.at', '<', first)
    .orderBy('chunk.at', 'desc')
    .orderBy('chunk.position', 'desc')
    .limit(BEFORE * 2)
    .execute();
  const within = await turns
    .where('chunk.at', '>=', first)
    .where('chunk.at', '<=', last)
    .orderBy('chunk.at')
    .orderBy('chunk.position')
    .execute();
  const later = await turns
    .where('chunk.at', '>', last)
    .orderBy('chunk.at')
    .orderBy('chunk.position')
    .limit(BEFORE + AFTER)
    .execute();
  return [...earlier.reverse(), ...within, ...later].map(toChunk);
}

/** Changes what of a thread is different: found by its own words and the words around it. */
function compare(changes: PostingChanges, before: IndexedChunk[], after: IndexedChunk[]): number {
  let growth = 0;
  const placeBefore = new Map(before.map(({ position }, index) => [position, index]));
  const placeAfter = new Map(after.map(({ position }, index) => [position, index]));
  for (const [index, chunk] of before.entries()) {
    const now = placeAfter.get(chunk.position);
    if (now !== undefined && around(before, index) === around(after, now)) continue;
    const old = analysedAt(before, index);
    growth -= take(changes, chunk.position, old);
    if (now !== undefined) growth += put(changes, chunk.position, analysedAt(after, now));
  }
  for (const [index, chunk] of after.entries())
    if (!placeBefore.has(chunk.position)) growth += put(changes, chunk.position, analysedAt(after, index));
  return growth;
}

/** Which pieces lie around one. */
function around(chunks: IndexedChunk[], index: number): string {
  const near: number[] = [];
  for (let at = index - BEFORE; at <= index + AFTER; at++) near.push(chunks[at]?.position ?? -1);
  return near.join();
}

function analysedAt(chunks: IndexedChunk[], index: number): AnalysedChunk {
  const before = Array.from({ length: BEFORE }, (_, step) => chunks[index - 1 - step]?.body ?? '');
  const after = Array.from({ length: AFTER }, (_, step) => chunks[index + 1 + step]?.body ?? '');
  return analysed(chunks[index] as IndexedChunk, before, after);
}

export function analysed(chunk: IndexedChunk, before: readonly string[], after: readonly string[]): AnalysedChunk {
  const { body, title, author, at, language } = chunk;
  // The time is searched where it is the time of something said; a file's date says when it was saved.
  const time = author === '' ? '' : timeInWords(at);
  return analyseChunk({ body, title, author, time, before, after }, language as Language);
}

function put(changes: PostingChanges, position: number, chunk: AnalysedChunk): number {
  changes.add(position, chunk);
  return chunk.length;
}

function take(changes: PostingChanges, position: number, chunk: AnalysedChunk): number {
  changes.remove(position, chunk.frequencies.keys());
  return chunk.length;
}
