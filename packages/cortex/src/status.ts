import { sql } from 'kysely';
import { LEXICAL } from './lexical-embedder.ts';
import type { Db, Store } from './store.ts';
import { vectorIndexOf } from './vectors.ts';

export interface MemoryStatus {
  sources: number;
  chunks: number;
  /** Sources that wait for their index. */
  pending: number;
  superseded: number;
  entities: number;
  mentions: number;
  tombstones: number;
  /** Share of pieces with a vector of the embedder in use. */
  embedCoverage: number;
  /** Share of sources whose names are in the graph: all but those that wait. */
  graphCoverage: number;
  embedder: string;
  languages: string[];
  feeds: { feedKey: string; sources: number; newestAt: number | null; ingestedAt: number | null }[];
}

/** What is in a store, and how complete its indexes are. */
export async function statusOf(db: Db, store: Store): Promise<MemoryStatus> {
  const embedder = store.embedder === '' ? LEXICAL : store.embedder;
  const count = async (table: 'memory_entities' | 'memory_mentions' | 'memory_tombstones') =>
    Number(
      (
        await db
          .selectFrom(table)
          .select(({ fn }) => fn.countAll<number>().as('count'))
          .where('store', '=', store.number)
          .executeTakeFirstOrThrow()
      ).count,
    );
  const feeds = await db
    .selectFrom('memory_sources')
    .select(({ fn }) => [
      'feed_key',
      fn.countAll<number>().as('sources'),
      fn.max('at').as('newest_at'),
      fn.max('ingested_at').as('ingested_at'),
      sql<number>`sum(case when pending_text is not null then 1 else 0 end)`.as('pending'),
      sql<number>`sum(case when valid_to is not null then 1 else 0 end)`.as('superseded'),
    ])
    .where('store', '=', store.number)
    .groupBy('feed_key')
    .orderBy('feed_key')
    .execute();
  const embedded = await (await vectorIndexOf(db)).count(db, store.number, embedder);
  const chunks = Number(store.chunk_count);
  const sources = feeds.reduce((sum, feed) => sum + Number(feed.sources), 0);
  const pending = feeds.reduce((sum, feed) => sum + Number(feed.pending), 0);
  const share = (part: number) => (chunks === 0 ? 1 : Math.min(1, part / chunks));
  return {
    sources,
    chunks,
    pending,
    superseded: feeds.reduce((sum, feed) => sum + Number(feed.superseded), 0),
    entities: await count('memory_entities'),
    mentions: await count('memory_mentions'),
    tombstones: await count('memory_tombstones'),
    embedCoverage: share(embedded),
    graphCoverage: sources === 0 ? 1 : (sources - pending) / sources,
    embedder,
    languages: store.languages.split(','),
    feeds: feeds.map((feed) => ({
      feedKey: feed.feed_key,
      sources: Number(feed.sources),
      newestAt: feed.newest_at === null ? null : Number(feed.newest_at),
      ingestedAt: feed.ingested_at === null ? null : Number(feed.ingested_at),
    })),
  };
}
