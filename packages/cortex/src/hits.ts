import type { MemoryHit } from './memory-query.ts';
import type { SignalTable } from './signal-table.ts';
import type { Db } from './store.ts';
import { universalId } from './universal-id.ts';

const CONTEXT_HITS = 5;
const CONTEXT_CHARS_MAX = 300;

/** Ranked positions → hits with their text, those that say the same put together, the turns around them attached. */
export async function toAnswer(db: Db, store: number, signals: SignalTable, limit: number): Promise<MemoryHit[]> {
  const ranked = signals.totals();
  const hits: MemoryHit[] = [];
  const said = new Map<string, MemoryHit>();
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
      const key = said.get(sameText(piece));
      if (key !== undefined) {
        key.duplicates.push(piece.universalId);
        continue;
      }
      if (hits.length === limit) break;
      const hit = { ...piece, score, signals: signals.of(position) };
      said.set(sameText(piece), hit);
      hits.push(hit);
    }
  }
  for (const hit of hits.slice(0, CONTEXT_HITS)) hit.context = await turnsAround(db, store, hit);
  return hits;
}

/** The same words by the same person, whatever stands between them: a quote, a copy, a second delivery. */
function sameText(hit: MemoryHit): string {
  return `${hit.author}\u0000${hit.text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()}`;
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
