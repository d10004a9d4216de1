import { contentWords } from '@guildhall/kernel';
import { type Kysely, sql } from 'kysely';
import type { ChunkHit } from './chunk-hit.ts';
import { splitIntoChunks } from './chunks.ts';
import type { MemoryChunkRow, MemoryTables } from './memory-tables.ts';
import { rankHits, type StoreStatistics } from './rank.ts';

const CANDIDATES_MAX = 200;
const QUERY_WORDS_MAX = 24;

export interface MemorySource {
  officeId: string;
  /** `memory` for what an agent was told, `drive` for a file. */
  sourceKind: string;
  sourceId: string;
  title: string;
  text: string;
  speaker: string;
  /** The agent that put it there; empty for people and files. */
  writtenBy: string;
  /** Empty for what the whole office may read. */
  privateTo: string;
  at: number;
}

type Db = Kysely<MemoryTables>;
type Kind = 'sqlite' | 'postgres';

/** Puts a source into memory, replacing what it said before. In the caller's transaction, so the next read finds it. */
export async function indexSource(db: Db, kind: Kind, source: MemorySource): Promise<number> {
  await forgetSource(db, kind, source.officeId, source.sourceKind, source.sourceId);
  const chunks = splitIntoChunks(source.text);
  for (const [ordinal, body] of chunks.entries()) {
    const { number } = await db
      .insertInto('memory_chunks')
      .values({
        office_id: source.officeId,
        source_kind: source.sourceKind,
        source_id: source.sourceId,
        ordinal,
        title: source.title,
        body,
        speaker: source.speaker,
        written_by: source.writtenBy,
        private_to: source.privateTo,
        at: source.at,
      })
      .returning('number')
      .executeTakeFirstOrThrow();
    if (kind === 'sqlite') {
      const scope = scopeWord(source.officeId);
      await db.insertInto('memory_text').values({ rowid: number, scope, title: source.title, body }).execute();
    }
  }
  return chunks.length;
}

/** Removes a source from memory and from every index. */
export async function forgetSource(
  db: Db,
  kind: Kind,
  officeId: string,
  sourceKind: string,
  sourceId: string,
): Promise<void> {
  const gone = await db
    .deleteFrom('memory_chunks')
    .where('office_id', '=', officeId)
    .where('source_kind', '=', sourceKind)
    .where('source_id', '=', sourceId)
    .returning('number')
    .execute();
  if (kind !== 'sqlite') return;
  for (const { number } of gone) await db.deleteFrom('memory_text').where('rowid', '=', number).execute();
}

/** The best pieces for a question, best first. `reader` is the agent that asks; other agents' private memories stay out. */
export async function searchMemory(
  db: Db,
  kind: Kind,
  search: { officeId: string; query: string; reader: string; limit: number },
): Promise<ChunkHit[]> {
  const words = contentWords(search.query).slice(0, QUERY_WORDS_MAX);
  if (words.length === 0) return [];
  const rows = kind === 'sqlite' ? await matchSqlite(db, search, words) : await matchPostgres(db, search, words);
  const store = await statisticsOf(db, kind, search.officeId, words);
  return rankHits(rows.map(toHit), words, store).slice(0, search.limit);
}

/** Counted in the index itself, so they are as true as the answer. */
async function statisticsOf(db: Db, kind: Kind, officeId: string, words: string[]): Promise<StoreStatistics> {
  const { count } = await db
    .selectFrom('memory_chunks')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('office_id', '=', officeId)
    .executeTakeFirstOrThrow();
  const chunksWith = new Map<string, number>();
  for (const word of words) {
    const { rows } =
      kind === 'sqlite'
        ? await sql<{ count: number }>`select count(*) as count from memory_text
            where memory_text match ${`scope : "${scopeWord(officeId)}" AND {title body} : "${word}"`}`.execute(db)
        : await sql<{ count: number }>`select count(*) as count from memory_chunks
            where office_id = ${officeId} and words @@ to_tsquery('english', ${word})`.execute(db);
    chunksWith.set(word, Number(rows[0]?.count ?? 0));
  }
  return { chunks: Number(count), chunksWith };
}

async function matchSqlite(
  db: Db,
  search: { officeId: string; reader: string },
  words: string[],
): Promise<MemoryChunkRow[]> {
  const anyWord = words.map((word) => `"${word}"`).join(' OR ');
  const match = `scope : "${scopeWord(search.officeId)}" AND {title body} : (${anyWord})`;
  const { rows } = await sql<MemoryChunkRow>`
    select memory_chunks.* from memory_text join memory_chunks on memory_chunks.number = memory_text.rowid
    where memory_text match ${match} and memory_chunks.private_to in ('', ${search.reader})
    order by bm25(memory_text, 0.0, 2.0, 1.0) limit ${CANDIDATES_MAX}`.execute(db);
  return rows;
}

async function matchPostgres(
  db: Db,
  search: { officeId: string; reader: string },
  words: string[],
): Promise<MemoryChunkRow[]> {
  const anyWord = words.join(' | ');
  const { rows } = await sql<MemoryChunkRow>`
    select number, office_id, source_kind, source_id, ordinal, title, body, speaker, written_by, private_to, at
    from memory_chunks, to_tsquery('english', ${anyWord}) as query
    where office_id = ${search.officeId} and words @@ query and private_to in ('', ${search.reader})
    order by ts_rank_cd(words, query, 1) desc limit ${CANDIDATES_MAX}`.execute(db);
  return rows;
}

/** FTS5 splits at punctuation; an office must stay one word. */
function scopeWord(officeId: string): string {
  return `o${officeId.replaceAll('-', '')}`;
}

function toHit(row: MemoryChunkRow): ChunkHit {
  return {
    universalId: `${row.source_kind}:${row.source_id}#${row.ordinal}`,
    sourceKind: row.source_kind,
    sourceId: row.source_id,
    title: row.title,
    text: row.body,
    speaker: row.speaker,
    at: row.at,
    score: 0,
  };
}
