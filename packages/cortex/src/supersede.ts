import type { EngineKind } from '@guildhall/storage';
import type { Selectable } from 'kysely';
import type { SourceRow } from './memory-tables.ts';
import { MARKS, PostingChanges } from './postings.ts';
import type { Db } from './store.ts';

/** Says from when on something newer holds. The old text stays, for questions about the time before and for its history. */
export async function supersedeSource(
  db: Db,
  kind: EngineKind,
  source: Selectable<SourceRow>,
  by: { universalId: string; reason: string; at: number },
): Promise<void> {
  const pieces = await db.selectFrom('memory_chunks').select('position').where('source', '=', source.number).execute();
  const changes = new PostingChanges();
  for (const { position } of pieces) changes.mark(Number(position), MARKS.superseded);
  await changes.write(db, kind, source.store);
  await db
    .updateTable('memory_sources')
    .set({ valid_to: by.at, superseded_by: by.universalId, supersede_reason: by.reason })
    .where('number', '=', source.number)
    .execute();
}
