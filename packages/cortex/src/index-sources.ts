import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { EngineKind } from '@guildhall/storage';
import type { Selectable } from 'kysely';
import { languageOf } from './analysis.ts';
import { splitIntoChunks } from './chunks.ts';
import { mentionsIn } from './entities.ts';
import { writeMentions } from './graph-store.ts';
import { withInferred } from './inferred.ts';
import type { MemorySource } from './memory-source.ts';
import type { SourceRow } from './memory-tables.ts';
import { MARKS, PostingChanges } from './postings.ts';
import { removeChunks } from './remove-sources.ts';
import { textOf, writeEdges } from './sources.ts';
import { type Db, lockStore, type Store } from './store.ts';
import { ThreadWindow } from './thread-window.ts';
import { universalId } from './universal-id.ts';
import { writeVectors } from './vectors.ts';

export interface IndexResult {
  added: number;
  updated: number;
  unchanged: number;
  /** Left out, since they were forgotten before. */
  forgotten: number;
  chunks: number;
}

const ROWS_A_STATEMENT = 400;
const SOURCES_AT_ONCE = 1_000;

/**
 * Puts sources into the memory of an office, replacing what they said before: text, index, vectors and graph in the caller's
 * transaction, so the next read finds all of it. The same again changes nothing; what was forgotten stays so.
 */
export async function indexSources(
  db: Db,
  kind: EngineKind,
  officeId: string,
  sources: readonly MemorySource[],
  now: number,
): Promise<IndexResult> {
  const result: IndexResult = { added: 0, updated: 0, unchanged: 0, forgotten: 0, chunks: 0 };
  if (sources.length === 0) return result;
  const store = await lockStore(db, kind, officeId);
  const latest = new Map(sources.map((source) => [`${source.feedKey}:${source.externalId}`, source]));
  const known = await findKnown(db, store, [...latest.values()]);
  const fresh: FreshSource[] = [];
  const replaced: Selectable<SourceRow>[] = [];
  for (const [id, source] of latest) {
    const hash = hashOf(source);
    const before = known.sources.get(id);
    if (known.tombstones.has(id)) result.forgotten++;
    else if (before !== undefined && before.content_hash === hash && before.pending_text === null) result.unchanged++;
    else {
      if (before !== undefined) replaced.push(before);
      const superseded = await stillSuperseded(db, source, before);
      fresh.push({ source: withInferred(source, now), hash, superseded });
      result[before === undefined ? 'added' : 'updated']++;
    }
  }
  if (replaced.length > 0) await removeChunks(db, kind, store, replaced);
  const place: Place = {
    number: store.number,
    position: Number(store.next_position),
    languages: new Set(store.languages.split(',')),
  };
  for (let from = 0; from < fresh.length; from += SOURCES_AT_ONCE) {
    // A mailbox of thousands must not keep everybody else from being answered.
    if (from > 0) await setImmediate();
    result.chunks += await insertSources(db, kind, place, fresh.slice(from, from + SOURCES_AT_ONCE), now);
  }
  return result;
}

interface FreshSource {
  source: MemorySource;
  hash: string;
  /** The row before it, when that was corrected and says the same still. */
  superseded: Selectable<SourceRow> | undefined;
}

/** A feed that says again what was corrected does not undo the correction; one that says something else does. */
async function stillSuperseded(
  db: Db,
  source: MemorySource,
  before: Selectable<SourceRow> | undefined,
): Promise<Selectable<SourceRow> | undefined> {
  if (before === undefined || before.superseded_by === null) return undefined;
  return (await textOf(db, before)).trim() === source.text.trim() ? before : undefined;
}

async function findKnown(db: Db, store: Store, sources: MemorySource[]) {
  const known = { sources: new Map<string, Selectable<SourceRow>>(), tombstones: new Set<string>() };
  const byFeed = Map.groupBy(sources, ({ feedKey }) => feedKey);
  for (const [feedKey, ofFeed] of byFeed) {
    const ids = ofFeed.map(({ externalId }) => externalId);
    for (let from = 0; from < ids.length; from += ROWS_A_STATEMENT) {
      const slice = ids.slice(from, from + ROWS_A_STATEMENT);
      const rows = await db
        .selectFrom('memory_sources')
        .selectAll()
        .where('store', '=', store.number)
        .where('feed_key', '=', feedKey)
        .where('external_id', 'in', slice)
        .execute();
      for (const row of rows) known.sources.set(`${feedKey}:${row.external_id}`, row);
      const gone = await db
        .selectFrom('memory_tombstones')
        .select('external_id')
        .where('store', '=', store.number)
        .where('feed_key', '=', feedKey)
        .where('external_id', 'in', slice)
        .execute();
      for (const { external_id } of gone) known.tombstones.add(`${feedKey}:${external_id}`);
    }
  }
  return known;
}

/** Where the next piece of a store goes, as it fills. */
interface Place {
  number: number;
  position: number;
  languages: Set<string>;
}

async function insertSources(
  db: Db,
  kind: EngineKind,
  place: Place,
  fresh: FreshSource[],
  now: number,
): Promise<number> {
  const { languages } = place;
  const chunks: NewChunk[] = [];
  for (let from = 0; from < fresh.length; from += ROWS_A_STATEMENT) {
    const slice = fresh.slice(from, from + ROWS_A_STATEMENT).map((entry) => {
      const { chunks: bodies, isTruncated } = splitIntoChunks(entry.source.text);
      return { ...entry, bodies, isTruncated, language: languageOf(entry.source.text) };
    });
    const numbers = new Map(
      (
        await db
          .insertInto('memory_sources')
          .values(
            slice.map(({ source, hash, superseded, bodies, isTruncated, language }) => ({
              store: place.number,
              feed_key: source.feedKey,
              external_id: source.externalId,
              kind: source.kind,
              title: source.title,
              author: source.author,
              thread: source.thread,
              url: source.url,
              written_by: source.writtenBy,
              trust: source.trust,
              confidence: source.confidence,
              audience: source.audience,
              at: source.at,
              ingested_at: now,
              valid_from: source.at,
              valid_to: superseded?.valid_to ?? null,
              superseded_by: superseded?.superseded_by ?? null,
              supersede_reason: superseded?.supersede_reason ?? null,
              content_hash: hash,
              metadata: JSON.stringify(source.metadata) as never,
              chunk_count: bodies.length,
              is_truncated: isTruncated,
              language,
              pending_text: null,
            })),
          )
          .returning(['number', 'feed_key', 'external_id'])
          .execute()
      ).map((row) => [`${row.feed_key}:${row.external_id}`, Number(row.number)]),
    );
    for (const { source, superseded, bodies, language } of slice) {
      languages.add(language);
      const number = numbers.get(`${source.feedKey}:${source.externalId}`) ?? 0;
      for (const [ordinal, body] of bodies.entries())
        chunks.push({
          position: place.position++,
          number,
          ordinal,
          body,
          source,
          language,
          isSuperseded: superseded !== undefined,
        });
    }
  }
  await insertChunks(db, kind, place.number, chunks);
  const edges = fresh.flatMap(({ source: { feedKey, externalId, edges: own = [] } }) =>
    own.map(({ kind: as, to }) => ({ from: universalId(feedKey, externalId), kind: as, to })),
  );
  for (let from = 0; from < edges.length; from += ROWS_A_STATEMENT)
    await writeEdges(db, place.number, edges.slice(from, from + ROWS_A_STATEMENT));
  await db
    .updateTable('memory_stores')
    .set((expression) => ({
      next_position: place.position,
      chunk_count: expression('chunk_count', '+', chunks.length),
      languages: [...languages].join(','),
    }))
    .where('number', '=', place.number)
    .execute();
  return chunks.length;
}

interface NewChunk {
  position: number;
  number: number;
  ordinal: number;
  body: string;
  source: MemorySource;
  language: string;
  isSuperseded: boolean;
}

async function insertChunks(db: Db, kind: EngineKind, store: number, chunks: NewChunk[]): Promise<void> {
  if (chunks.length === 0) return;
  const windows = await ThreadWindow.read(
    db,
    store,
    chunks.map(({ source, position }) => ({ thread: source.thread, at: source.at, position })),
  );
  for (let from = 0; from < chunks.length; from += ROWS_A_STATEMENT) {
    await db
      .insertInto('memory_chunks')
      .values(
        chunks.slice(from, from + ROWS_A_STATEMENT).map(({ position, number, ordinal, body, source }) => ({
          store,
          position,
          source: number,
          ordinal,
          body,
          thread: source.thread,
          at: source.at,
        })),
      )
      .execute();
  }
  const changes = new PostingChanges();
  let lengthAdded = 0;
  for (const chunk of chunks) {
    const { source, position, body, language, isSuperseded } = chunk;
    windows.add({
      position,
      at: source.at,
      body,
      thread: source.thread,
      title: source.title,
      author: source.author,
      language,
    });
    if (isSuperseded) changes.mark(position, MARKS.superseded);
    if (source.audience !== '') {
      changes.mark(position, MARKS.restricted);
      changes.mark(position, MARKS.audience(source.audience));
    }
  }
  lengthAdded += windows.writeChanges(changes);
  await changes.write(db, kind, store);
  await db
    .updateTable('memory_stores')
    .set((expression) => ({ length_total: expression('length_total', '+', Math.round(lengthAdded)) }))
    .where('number', '=', store)
    .execute();
  await writeMentions(
    db,
    kind,
    store,
    chunks.map(({ position, ordinal, body, source }) => ({
      position,
      mentions: [
        ...source.mentions,
        ...(source.hasAllMentions === true ? [] : mentionsIn(body, ordinal === 0 ? source.title : '')),
      ],
    })),
  );
  await writeVectors(db, kind, store, chunks);
}

/** Of what is shown and searched: the same hash is the same memory. */
function hashOf(source: MemorySource): string {
  const { kind, title, text, author, thread, url, audience, at, metadata, mentions } = source;
  const shown = JSON.stringify([kind, title, text, author, thread, url, audience, at, metadata, mentions]);
  return createHash('sha256').update(shown).digest('hex');
}
