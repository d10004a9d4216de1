import type { EngineKind } from '@guildhall/storage';
import { sql } from 'kysely';
import { entityKey, type Mention } from './entities.ts';
import type { ExtractedPiece } from './extractor.ts';
import { writeMentions } from './graph-store.ts';
import { mergeAlias } from './merges.ts';
import { type Db, lockStore, type Store } from './store.ts';

const PIECES_AT_ONCE = 16;

/** Pieces that one process has taken to be read. */
export interface ExtractionClaim {
  store: Store;
  /** Lease and fence in one: whoever comes later holds a later one. */
  until: number;
  positions: number[];
  pieces: ExtractedPiece[];
}

/** Sets who reads what an office keeps: nobody (`standard`), or a model. From then on, what is there is read too. */
export async function chooseEnrichment(
  db: Db,
  kind: EngineKind,
  officeId: string,
  choice: { mode: 'standard' | 'model'; goal: string },
): Promise<Store> {
  const store = await lockStore(db, kind, officeId);
  const { mode: enrichment, goal: enrichment_goal } = choice;
  await db
    .updateTable('memory_stores')
    .set({ enrichment, enrichment_goal, extraction_error: null, extracting_until: 0 })
    .where('number', '=', store.number)
    .execute();
  return { ...store, enrichment, enrichment_goal, extraction_error: null };
}

/** The next pieces that this extractor has not read, of whichever store; a lease keeps them from being paid for twice. */
export async function claimUnread(
  db: Db,
  extractor: string,
  now: number,
  leaseMs: number,
): Promise<ExtractionClaim | undefined> {
  const store = await db
    .selectFrom('memory_stores')
    .selectAll()
    .where('enrichment', '=', sql.lit('model'))
    .where('extracting_until', '<=', now)
    .where(({ or, eb, ref }) =>
      or([eb('extractor', '<>', extractor), eb('extracted_up_to', '<', ref('next_position'))]),
    )
    .orderBy('number')
    .limit(1)
    .executeTakeFirst();
  if (store === undefined) return undefined;
  const until = now + leaseMs;
  const taken = await db
    .updateTable('memory_stores')
    .set({ extracting_until: until })
    .where('number', '=', store.number)
    .where('extracting_until', '=', store.extracting_until)
    .returning('number')
    .executeTakeFirst();
  // Another process was faster; it has them.
  if (taken === undefined) return undefined;
  const rows = await db
    .selectFrom('memory_chunks')
    .innerJoin('memory_sources', 'memory_sources.number', 'memory_chunks.source')
    .select(['memory_chunks.position', 'memory_chunks.body', 'memory_sources.title', 'memory_sources.author'])
    .where('memory_chunks.store', '=', store.number)
    .where('memory_chunks.position', '>=', store.extractor === extractor ? Number(store.extracted_up_to) : 0)
    .orderBy('memory_chunks.position')
    .limit(PIECES_AT_ONCE)
    .execute();
  return {
    store,
    until,
    positions: rows.map(({ position }) => Number(position)),
    pieces: rows.map(({ title, author, body }) => ({ title, author, text: body })),
  };
}

/**
 * Writes what was read, in the transaction that charges it. Returns the micros that the store has cost before; undefined when
 * the claim was lost, and then nothing is written.
 */
export async function finishExtraction(
  db: Db,
  kind: EngineKind,
  claim: ExtractionClaim,
  read: { extractor: string; mentions: readonly Mention[][]; costMicros: number },
): Promise<number | undefined> {
  const store = await lockStore(db, kind, claim.store.office_id);
  if (Number(store.extracting_until) !== claim.until) return undefined;
  const { positions } = claim;
  const left =
    positions.length === 0
      ? []
      : await db
          .selectFrom('memory_chunks')
          .select('position')
          .where('store', '=', store.number)
          .where('position', 'in', positions)
          .execute();
  const there = new Set(left.map(({ position }) => Number(position)));
  const known = await mentionedAt(db, store.number, positions);
  const pieces = positions
    .map((position, index) => ({
      position,
      // What the rules found already is counted already.
      mentions: (read.mentions[index] ?? []).filter(({ key }) => !known.has(`${position} ${key}`)),
    }))
    .filter(({ position }) => there.has(position));
  await nameKinds(db, store.number, read.mentions.flat());
  await writeMentions(db, kind, store.number, pieces);
  await joinAliases(db, store.number, read.mentions.flat());
  const last = positions.at(-1);
  await db
    .updateTable('memory_stores')
    .set({
      extractor: read.extractor,
      extracted_up_to: last === undefined ? Number(store.next_position) : last + 1,
      extracting_until: 0,
      extraction_micros: Number(store.extraction_micros) + read.costMicros,
      extraction_error: null,
    })
    .where('number', '=', store.number)
    .execute();
  return Number(store.extraction_micros);
}

/** Why it does not go on. The lease stays: it is tried again when that has run out. */
export async function noteExtractionError(db: Db, claim: ExtractionClaim, message: string): Promise<void> {
  await db
    .updateTable('memory_stores')
    .set({ extraction_error: message })
    .where('number', '=', claim.store.number)
    .where('extracting_until', '=', claim.until)
    .execute();
}

async function mentionedAt(db: Db, store: number, positions: readonly number[]): Promise<Set<string>> {
  if (positions.length === 0) return new Set();
  const rows = await db
    .selectFrom('memory_mentions')
    .innerJoin('memory_entities', 'memory_entities.number', 'memory_mentions.entity')
    .select(['memory_mentions.position', 'memory_entities.key'])
    .where('memory_mentions.store', '=', store)
    .where('memory_mentions.position', 'in', positions)
    .execute();
  return new Set(rows.map(({ position, key }) => `${Number(position)} ${key}`));
}

/** Puts other spellings under the name that they stand for. */
async function joinAliases(db: Db, store: number, mentions: readonly Mention[]): Promise<void> {
  for (const { key, kind, aliases = [] } of mentions) {
    if (aliases.length === 0) continue;
    const entity = await db
      .selectFrom('memory_entities')
      .select('number')
      .where('store', '=', store)
      .where('key', '=', key)
      .executeTakeFirst();
    // Its piece was forgotten while the model read it.
    if (entity === undefined) continue;
    for (const alias of aliases)
      await mergeAlias(db, store, {
        from: { ...alias, key: entityKey(alias.name), kind },
        into: Number(entity.number),
      });
  }
}

/** The rules know only that something has a name; a model knows what it is. */
async function nameKinds(db: Db, store: number, mentions: readonly Mention[]): Promise<void> {
  const byKind = Map.groupBy(
    mentions.filter(({ kind }) => kind !== 'name'),
    ({ kind }) => kind,
  );
  for (const [kind, named] of byKind)
    await db
      .updateTable('memory_entities')
      .set({ kind })
      .where('store', '=', store)
      .where('kind', '=', 'name')
      .where(
        'key',
        'in',
        named.map(({ key }) => key),
      )
      .execute();
}
