import { containsText } from '@guildhall/storage';
import { sql } from 'kysely';
import type { MemoryQuery } from './memory-query.ts';
import { forEachPosting, MARKS, readPostings } from './postings.ts';
import type { Db, Store } from './store.ts';
import { parseUniversalId } from './universal-id.ts';

/** So many places are listed before the search; above that, what was found is looked at instead. */
const LISTED_MAX = 20_000;

type Scored = { position: number; score: number };

/** What a question may find. */
export interface Readable {
  hidesAny: boolean;
  /** Whether a piece is not for this reader, or no longer holds. */
  isHidden(position: number): boolean;
  isAllowed(position: number): boolean;
  /** Whether what was found must be looked at, since no list says what may be shown. */
  mustLook: boolean;
  look(found: readonly Scored[]): Promise<Scored[]>;
}

/** Who may read what, and the limits of time and source that the question sets. */
export async function readableOf(db: Db, store: Store, search: MemoryQuery): Promise<Readable> {
  const hidden = await hiddenPositions(db, store, search);
  const about = { hidesAny: hidden.size > 0, isHidden: (position: number) => hidden.has(position) };
  const isLimited =
    search.since !== undefined ||
    search.until !== undefined ||
    search.sourceTables !== undefined ||
    search.exceptSourceTables !== undefined ||
    search.kinds !== undefined ||
    search.withoutThread !== undefined ||
    search.author !== undefined ||
    search.asOf !== undefined;
  if (!isLimited)
    return {
      ...about,
      isAllowed: (position) => !hidden.has(position),
      mustLook: false,
      look: async (found) => [...found],
    };
  const listed = await limitedPieces(db, store.number, search)
    .limit(LISTED_MAX + 1)
    .execute();
  if (listed.length <= LISTED_MAX) {
    const allowed = new Set(listed.map(({ position }) => Number(position)));
    const isAllowed = (position: number) => allowed.has(position) && !hidden.has(position);
    return {
      ...about,
      isAllowed,
      mustLook: false,
      look: async (found) => found.filter(({ position }) => allowed.has(position)),
    };
  }
  return {
    ...about,
    isAllowed: (position) => !hidden.has(position),
    mustLook: true,
    look: async (found) => {
      if (found.length === 0) return [];
      const positions = found.map(({ position }) => position);
      const rows = await limitedPieces(db, store.number, search).where('chunk.position', 'in', positions).execute();
      const allowed = new Set(rows.map(({ position }) => Number(position)));
      return found.filter(({ position }) => allowed.has(position));
    },
  };
}

/** Read from marks in the index, so that a reader's limits cost a few rows whatever the store holds. */
export async function hiddenPositions(
  db: Db,
  store: Store,
  search: Pick<MemoryQuery, 'audiences' | 'asOf'>,
): Promise<Set<number>> {
  const hidden = new Set<number>();
  const { audiences, asOf } = search;
  const own = audiences === 'all' ? [] : audiences.map(MARKS.audience);
  const marks = await readPostings(db, store, [
    MARKS.superseded,
    ...(audiences === 'all' ? [] : [MARKS.restricted]),
    ...own,
  ]);
  if (audiences !== 'all') {
    forEachPosting(marks.get(MARKS.restricted) ?? [], (position) => hidden.add(position));
    for (const mark of own) forEachPosting(marks.get(mark) ?? [], (position) => hidden.delete(position));
  }
  if (asOf === undefined) forEachPosting(marks.get(MARKS.superseded) ?? [], (position) => hidden.add(position));
  return hidden;
}

function limitedPieces(db: Db, store: number, search: MemoryQuery) {
  const { since, until, sourceTables, exceptSourceTables, kinds, author, asOf, withoutThread } = search;
  let query = db
    .selectFrom('memory_chunks as chunk')
    .innerJoin('memory_sources as source', 'source.number', 'chunk.source')
    .select('chunk.position')
    .where('chunk.store', '=', store);
  if (since !== undefined) query = query.where('chunk.at', '>=', since);
  if (withoutThread !== undefined) query = query.where('chunk.thread', '<>', withoutThread);
  if (until !== undefined) query = query.where('chunk.at', '<', until);
  if (kinds !== undefined) query = query.where('source.kind', 'in', kinds);
  if (author !== undefined) query = query.where(containsText(sql.ref('source.author'), author));
  if (exceptSourceTables !== undefined) query = query.where('source.feed_key', 'not in', exceptSourceTables);
  if (sourceTables !== undefined)
    query = query.where(({ or, eb }) =>
      or(
        sourceTables.flatMap((table) => [
          eb('source.feed_key', '=', table),
          eb('source.feed_key', 'like', `%.${table.replaceAll(/[%_\\]/g, (letter) => (letter === '_' ? '_' : ''))}`),
        ]),
      ),
    );
  if (asOf !== undefined)
    query = query
      .where('source.valid_from', '<=', asOf)
      .where(({ or, eb }) => or([eb('source.valid_to', 'is', null), eb('source.valid_to', '>', asOf)]));
  return query;
}

const NAMED_MAX = 5;

/** Pieces whose universal id stands in the question. */
export async function findNamedPieces(db: Db, store: number, question: string): Promise<number[]> {
  const positions: number[] = [];
  const ids = question.match(/[\w.-]+:[^\s,;"']+/g) ?? [];
  for (const id of ids.slice(0, NAMED_MAX)) {
    for (const { feedKey, externalId, ordinal } of parseUniversalId(id.replace(/[.?!)\]]+$/, ''))) {
      const rows = await db
        .selectFrom('memory_sources as source')
        .innerJoin('memory_chunks as chunk', 'chunk.source', 'source.number')
        .select('chunk.position')
        .where('source.store', '=', store)
        .where('source.feed_key', '=', feedKey)
        .where('source.external_id', '=', externalId)
        .where('chunk.ordinal', '=', ordinal ?? 0)
        .execute();
      positions.push(...rows.map(({ position }) => Number(position)));
    }
  }
  return positions;
}
