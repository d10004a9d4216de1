import type { EngineKind } from '@guildhall/storage';
import type { Selectable } from 'kysely';
import { removeMentions } from './graph-store.ts';
import type { SourceRow } from './memory-tables.ts';
import { MARKS, PostingChanges } from './postings.ts';
import type { Db, Store } from './store.ts';
import { ThreadWindow } from './thread-window.ts';
import { universalId } from './universal-id.ts';
import { vectorIndexOf } from './vectors.ts';

const ROWS_A_STATEMENT = 400;

/** Takes sources out: text, every index, vectors, graph. The store's row is locked by the caller. */
export async function removeChunks(
  db: Db,
  kind: EngineKind,
  store: Store,
  sources: readonly Selectable<SourceRow>[],
): Promise<void> {
  for (let from = 0; from < sources.length; from += ROWS_A_STATEMENT)
    await removeSlice(db, kind, store, sources.slice(from, from + ROWS_A_STATEMENT));
}

async function removeSlice(db: Db, kind: EngineKind, store: Store, sources: readonly Selectable<SourceRow>[]) {
  const bySource = new Map(sources.map((source) => [Number(source.number), source]));
  const numbers = [...bySource.keys()];
  const rows = await db
    .selectFrom('memory_chunks')
    .select(['position', 'source', 'body', 'thread', 'at'])
    .where('source', 'in', numbers)
    .execute();
  const chunks = rows.map((row) => ({ ...row, position: Number(row.position), at: Number(row.at) }));
  if (chunks.length > 0) {
    const window = await ThreadWindow.read(db, store.number, chunks);
    const changes = new PostingChanges();
    const alone = [];
    for (const { position, source, body, thread, at } of chunks) {
      const of = bySource.get(Number(source));
      if (of === undefined) continue;
      window.remove(position);
      const { title, author, language, audience } = of;
      if (thread === '') alone.push({ position, at, thread, body, title, author, language });
      if (audience !== '') changes.remove(position, [MARKS.restricted, MARKS.audience(audience)]);
      if (of.superseded_by !== null) changes.remove(position, [MARKS.superseded]);
    }
    const growth = window.writeChanges(changes, alone);
    await changes.write(db, kind, store.number);
    const positions = chunks.map(({ position }) => position);
    await removeMentions(db, store.number, positions);
    await (await vectorIndexOf(db)).remove(db, kind, store.number, positions);
    await db.deleteFrom('memory_chunks').where('source', 'in', numbers).execute();
    await db
      .updateTable('memory_stores')
      .set((expression) => ({
        chunk_count: expression('chunk_count', '-', chunks.length),
        length_total: expression('length_total', '+', Math.round(growth)),
      }))
      .where('number', '=', store.number)
      .execute();
  }
  await db.deleteFrom('memory_sources').where('number', 'in', numbers).execute();
  const ids = sources.map((source) => universalId(source.feed_key, source.external_id));
  await db.deleteFrom('memory_edges').where('store', '=', store.number).where('from_id', 'in', ids).execute();
}
