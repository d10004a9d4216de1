import { sql } from 'kysely';
import { tokensOf } from './analysis.ts';
import type { MemoryHit } from './memory-query.ts';
import type { SignalTable } from './signal-table.ts';
import type { Db } from './store.ts';
import { universalId } from './universal-id.ts';

/** Share of the words of two pieces that must be in both. */
const ALIKE = 0.92;
const CONTEXT_HITS = 5;
const CONTEXT_CHARS_MAX = 300;

/** Ranked positions → hits with their text, those that say the same put together, the turns around them attached. */
export async function toAnswer(db: Db, store: number, signals: SignalTable, limit: number): Promise<MemoryHit[]> {
  const ranked = signals.totals();
  const hits: MemoryHit[] = [];
  const said: { hit: MemoryHit; words: Set<string> }[] = [];
  for (let from = 0; from < ranked.length && hits.length < limit; from += limit) {
    const slice = ranked.slice(from, from + limit);
    const pieces = await loadPieces(
      db,
      store,
      slice.map(({ position }) => position),
    );
    for (const { position, score } of slice) {
      const piece = pieces.get(position);
      if (piece === undefined) continue;
      const words = new Set(tokensOf(piece.text));
      const same = said.find((other) => other.hit.author === piece.author && isAlike(other.words, words));
      if (same !== undefined) {
        same.hit.duplicates.push(piece.universalId);
        continue;
      }
      if (hits.length === limit) break;
      const hit = { ...piece, score, signals: signals.of(position) };
      said.push({ hit, words });
      hits.push(hit);
    }
  }
  for (const hit of hits.slice(0, CONTEXT_HITS)) hit.context = await turnsAround(db, store, hit);
  return hits;
}

/** The same words but for a few: a quote, a copy, a second delivery. A number that differs is another thing said. */
function isAlike(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  const [few, many] = one.size <= other.size ? [one, other] : [other, one];
  if (few.size < many.size * ALIKE) return false;
  let shared = 0;
  for (const word of few) {
    if (many.has(word)) shared += 1;
    else if (/\p{N}/u.test(word)) return false;
  }
  return (
    shared >= (few.size + many.size - shared) * ALIKE &&
    [...many].every((word) => few.has(word) || !/\p{N}/u.test(word))
  );
}

async function loadPieces(db: Db, store: number, positions: number[]): Promise<Map<number, MemoryHit>> {
  const rows = await db
    .selectFrom('memory_chunks as chunk')
    .innerJoin('memory_sources as source', 'source.number', 'chunk.source')
    .select([
      'chunk.position',
      'chunk.ordinal',
      'chunk.body',
      'chunk.at',
      'source.feed_key',
      'source.external_id',
      'source.chunk_count',
      'source.kind',
      'source.title',
      'source.author',
      'source.thread',
      'source.url',
      'source.trust',
      'source.confidence',
      'source.written_by',
      'source.metadata',
      'source.superseded_by',
    ])
    .where('chunk.store', '=', store)
    .where('chunk.position', 'in', positions)
    .execute();
  return new Map(
    rows.map((row) => {
      const chunkCount = Number(row.chunk_count);
      const ordinal = Number(row.ordinal);
      const hit: MemoryHit = {
        universalId: universalId(row.feed_key, row.external_id, chunkCount > 1 ? ordinal : undefined),
        feedKey: row.feed_key,
        externalId: row.external_id,
        ordinal,
        chunkCount,
        kind: row.kind,
        title: row.title,
        text: row.body.trim(),
        author: row.author,
        thread: row.thread,
        url: row.url,
        at: Number(row.at),
        trust: row.trust,
        confidence: row.confidence,
        writtenBy: row.written_by,
        metadata: row.metadata,
        supersededBy: row.superseded_by,
        score: 0,
        signals: {},
        duplicates: [],
        context: [],
      };
      return [Number(row.position), hit];
    }),
  );
}

/** The turn before and the turn after one, in the order they were said. Those of a thread share its readers. */
async function turnsAround(db: Db, store: number, hit: MemoryHit): Promise<MemoryHit['context']> {
  if (hit.thread === '') return [];
  const turns = db
    .selectFrom('memory_chunks as chunk')
    .innerJoin('memory_sources as source', 'source.number', 'chunk.source')
    .select(['chunk.body', 'chunk.at', 'source.author'])
    .where('chunk.store', '=', store)
    .where('chunk.thread', '<>', sql.lit(''))
    .where('chunk.thread', '=', hit.thread)
    .where('source.external_id', '<>', hit.externalId)
    .where('source.valid_to', 'is', null)
    .limit(1);
  const before = await turns
    .where('chunk.at', '<', hit.at)
    .orderBy('chunk.at', 'desc')
    .orderBy('chunk.position', 'desc')
    .execute();
  const after = await turns.where('chunk.at', '>', hit.at).orderBy('chunk.at').orderBy('chunk.position').execute();
  return [...before, ...after].map(({ body, at, author }) => ({
    author,
    text: body.trim().slice(0, CONTEXT_CHARS_MAX),
    at: Number(at),
  }));
}
