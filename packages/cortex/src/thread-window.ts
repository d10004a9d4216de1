import { type AnalysedChunk, analyseChunk } from './analysis.ts';
import type { Language } from './languages.ts';
import type { PostingChanges } from './postings.ts';
import type { Db } from './store.ts';
import { timeInWords } from './time-words.ts';

/** How far a turn's words reach: into the two after it and the one before. */
const BEFORE = 2;
const AFTER = 1;

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

  /** Reads the turns around the given places. */
  static async read(db: Db, store: number, places: { thread: string; at: number; position: number }[]) {
    const before = new Map<string, IndexedChunk[]>();
    const inThreads = places.filter(({ thread }) => thread !== '');
    for (const [thread, own] of Map.groupBy(inThreads, (place) => place.thread)) {
      const first = own.reduce((low, place) => Math.min(low, place.at), Number.POSITIVE_INFINITY);
      const last = own.reduce((high, place) => Math.max(high, place.at), Number.NEGATIVE_INFINITY);
      const turns = db
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
        .where('chunk.store', '=', store)
        .where('chunk.thread', '=', thread);
      // Neighbours of neighbours: a turn at the edge is analysed with what lies around it.
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
      before.set(
        thread,
        [...earlier.reverse(), ...within, ...later].map((row) => ({
          ...row,
          position: Number(row.position),
          at: Number(row.at),
        })),
      );
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
