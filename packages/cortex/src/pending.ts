import type { EngineKind } from '@guildhall/storage';
import { indexSources } from './index-sources.ts';
import type { Db } from './store.ts';

/** Indexes what an older release kept without this index; returns how many sources that was. In the caller's transaction. */
export async function indexPending(db: Db, kind: EngineKind, limit: number, now: number): Promise<number> {
  const rows = await db
    .selectFrom('memory_sources as source')
    .innerJoin('memory_stores as store', 'store.number', 'source.store')
    .selectAll('source')
    .select('store.office_id')
    .where('source.pending_text', 'is not', null)
    .orderBy('source.number')
    .limit(limit)
    .execute();
  for (const row of rows) {
    await indexSources(
      db,
      kind,
      row.office_id,
      [
        {
          feedKey: row.feed_key,
          externalId: row.external_id,
          kind: row.kind,
          title: row.title,
          text: row.pending_text ?? '',
          author: row.author,
          thread: row.thread,
          url: row.url,
          writtenBy: row.written_by,
          trust: row.trust as 'user' | 'agent' | 'outside',
          confidence: row.confidence,
          audience: row.audience,
          at: Number(row.at),
          metadata: row.metadata,
          mentions: [],
        },
      ],
      now,
    );
  }
  return rows.length;
}
