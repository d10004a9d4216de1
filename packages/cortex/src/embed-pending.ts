import type { EngineKind } from '@guildhall/storage';
import type { Embedder } from './embedder.ts';
import { LEXICAL } from './lexical-embedder.ts';
import { type Db, lockStore } from './store.ts';
import { vectorIndexOf } from './vectors.ts';

const PIECES_AT_ONCE = 64;

/**
 * Makes the vectors of the next pieces that have none of this embedder, of whichever store; returns how many. The embedder is
 * asked between two transactions, never inside of one. Changing the embedder begins anew; until it is through, questions go by
 * words and by what is there.
 */
export async function embedPending(db: Db, kind: EngineKind, embedder: Embedder): Promise<number> {
  const store = await db
    .selectFrom('memory_stores')
    .selectAll()
    .where(({ or, eb, ref }) =>
      or([eb('embedder', '<>', embedder.id), eb('embedded_up_to', '<', ref('next_position'))]),
    )
    .orderBy('number')
    .limit(1)
    .executeTakeFirst();
  if (store === undefined) return 0;
  const from = store.embedder === embedder.id ? Number(store.embedded_up_to) : 0;
  const pieces = await db
    .selectFrom('memory_chunks')
    .innerJoin('memory_sources', 'memory_sources.number', 'memory_chunks.source')
    .select(['memory_chunks.position', 'memory_chunks.body', 'memory_sources.title'])
    .where('memory_chunks.store', '=', store.number)
    .where('memory_chunks.position', '>=', from)
    .orderBy('memory_chunks.position')
    .limit(PIECES_AT_ONCE)
    .execute();
  const texts = pieces.map(({ title, body }) => (title === '' ? body : `${title}\n${body}`));
  const vectors = texts.length === 0 ? [] : await embedder.embed(texts, 'passage');
  await db.transaction().execute(async (tx) => {
    const now = await lockStore(tx, kind, store.office_id);
    const isNew = now.embedder !== embedder.id;
    // Somebody else was here meanwhile.
    if (!isNew && Number(now.embedded_up_to) !== from) return;
    const positions = pieces.map(({ position }) => Number(position));
    const there =
      positions.length === 0
        ? []
        : await tx
            .selectFrom('memory_chunks')
            .select('position')
            .where('store', '=', store.number)
            .where('position', 'in', positions)
            .execute();
    const left = new Set(there.map(({ position }) => Number(position)));
    const made = pieces.flatMap(({ position }, index) => {
      const vector = vectors[index];
      return vector === undefined || !left.has(Number(position)) ? [] : [{ position: Number(position), vector }];
    });
    const index = await vectorIndexOf(tx);
    if (isNew) await index.drop(tx, store.number, LEXICAL);
    if (made.length > 0) await index.put(tx, kind, store.number, embedder.id, made);
    const last = positions.at(-1);
    const embedded_up_to = last === undefined ? Number(now.next_position) : last + 1;
    await tx
      .updateTable('memory_stores')
      .set({ embedder: embedder.id, embedded_up_to })
      .where('number', '=', store.number)
      .execute();
  });
  return Math.max(1, pieces.length);
}
