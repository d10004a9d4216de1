import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrate, openEngine } from '@guildhall/storage';
import { openTestDatabase } from '@guildhall/testing';
import { sql } from 'kysely';
import {
  type Embedder,
  embedPending,
  findSource,
  findStore,
  forgetSources,
  type IndexResult,
  indexSources,
  type MemoryAnswer,
  type MemoryQuery,
  type MemorySource,
  type MemoryTables,
  preparePgvector,
  searchMemory,
  statusOf,
  supersedeSource,
  textOf,
} from '../index.ts';
import { cortexMigration, enrichmentMigration, memoryMigration } from '../migrations.ts';
import { forEachPosting } from '../postings.ts';

const OFFICE = 'o1';
const TABLES = [
  'memory_sources',
  'memory_chunks',
  'memory_postings',
  'memory_vectors',
  'memory_vector_blocks',
  'memory_mentions',
  'memory_entities',
  'memory_edges',
  'memory_merges',
  'memory_tombstones',
  'memory_feeds',
] as const;

export interface TestMemory {
  keep(sources: MemorySource[]): Promise<IndexResult>;
  ask(query: string, options?: Partial<MemoryQuery>): Promise<MemoryAnswer>;
  forget(ids: string[], leavesTombstones?: boolean): Promise<string[]>;
  supersede(id: string, by: string, at: number): Promise<void>;
  text(id: string): Promise<string>;
  /** Makes vectors until none is missing, or so many times; returns how many pieces that were. */
  embed(embedder: Embedder, rounds?: number): Promise<number>;
  coverage(): Promise<{ embedder: string; embedCoverage: number }>;
  /** Everything that lies in the tables, as text. */
  dump(): Promise<string>;
  /** A backup, as text: the file that SQLite makes of itself, or everything that PostgreSQL would give out. */
  copy(): Promise<string>;
  /** What each source is found by, whatever its positions are. */
  index(): Promise<unknown>;
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** A memory of its own on the engine under test. */
export async function openTestMemory(): Promise<TestMemory> {
  const database = await openTestDatabase();
  const { databaseUrl, sqlitePath } = database;
  const engine = await openEngine<MemoryTables>({ databaseUrl, sqlitePath, sync: 'normal', poolSize: 2 });
  const writtenBy = {
    name: '0003_written_by',
    statements: () => ["alter table memory_chunks add column written_by text not null default ''"],
  };
  await migrate(engine, [memoryMigration, writtenBy, cortexMigration, enrichmentMigration]);
  const { db, kind } = engine;
  const hasPgvector = await preparePgvector(db, kind);
  const find = async (id: string) => {
    const store = await findStore(db, OFFICE);
    const found = await findSource(db, store?.number ?? 0, id);
    if (found === undefined) throw new Error(`${id} is not there`);
    return found.source;
  };
  return {
    keep: (sources) => db.transaction().execute((tx) => indexSources(tx, kind, OFFICE, sources, 1)),
    ask: (query, options = {}) =>
      searchMemory(db, { officeId: OFFICE, query, limit: 10, audiences: 'all', now: 1_000, ...options }),
    forget: async (ids, leavesTombstones = true) => {
      const sources = await Promise.all(ids.map(find));
      const by = { whom: 'test', reason: 'test', at: 1, leavesTombstones };
      return db.transaction().execute((tx) => forgetSources(tx, kind, OFFICE, sources, by));
    },
    supersede: async (id, universalId, at) => {
      const source = await find(id);
      await db.transaction().execute((tx) => supersedeSource(tx, kind, source, { universalId, reason: 'test', at }));
    },
    text: async (id) => textOf(db, await find(id)),
    embed: async (embedder, rounds = Number.POSITIVE_INFINITY) => {
      let pieces = 0;
      for (let round = 0; round < rounds; round++) {
        const made = await embedPending(db, kind, embedder);
        if (made === 0) break;
        pieces += made;
      }
      return pieces;
    },
    coverage: async () => {
      const store = await findStore(db, OFFICE);
      if (store === undefined) throw new Error('there is no store');
      const { embedder, embedCoverage } = await statusOf(db, store);
      return { embedder, embedCoverage };
    },
    dump: async () => {
      const rows = [];
      for (const table of hasPgvector ? [...TABLES, 'memory_pgvectors'] : TABLES)
        rows.push((await sql`select * from ${sql.table(table)}`.execute(db)).rows);
      return JSON.stringify(rows);
    },
    copy: async () => {
      if (kind !== 'sqlite') {
        const rows = [];
        for (const table of TABLES) rows.push((await sql`select * from ${sql.table(table)}`.execute(db)).rows);
        return JSON.stringify(rows);
      }
      const path = join(database.folder, 'copy.sqlite');
      await sql`vacuum into ${path}`.execute(db);
      return readFileSync(path, 'latin1');
    },
    index: async () => {
      const pieces = await db
        .selectFrom('memory_chunks as chunk')
        .innerJoin('memory_sources as source', 'source.number', 'chunk.source')
        .select(['chunk.position', 'chunk.ordinal', 'source.external_id'])
        .execute();
      const nameOf = new Map(pieces.map((row) => [Number(row.position), `${row.external_id}#${row.ordinal}`]));
      const postings: string[] = [];
      for (const { term, block, entries } of await db.selectFrom('memory_postings').selectAll().execute())
        forEachPosting([{ block: Number(block), entries }], (position, frequency, length) =>
          postings.push(`${term} ${nameOf.get(position)} ${frequency} ${length}`),
        );
      const mentions = await db
        .selectFrom('memory_mentions as mention')
        .innerJoin('memory_entities as entity', 'entity.number', 'mention.entity')
        .select(['mention.position', 'entity.key', 'mention.role'])
        .execute();
      const { rows: pgvectors } = hasPgvector
        ? await sql<{ position: number; vector: string }>`
            select position, embedding::text as vector from memory_pgvectors`.execute(db)
        : { rows: [] };
      const vectors = [
        ...pgvectors,
        ...(await db.selectFrom('memory_vectors').select(['position', 'vector']).execute()),
      ];
      const blocks = await db.selectFrom('memory_vector_blocks').select(['entries']).execute();
      const store = await findStore(db, OFFICE);
      return {
        postings: postings.sort(),
        mentions: mentions.map((row) => `${nameOf.get(Number(row.position))} ${row.key} ${row.role}`).sort(),
        entities: (
          await db
            .selectFrom('memory_entities')
            .select(['key', 'mention_count'])
            .where('mention_count', '>', 0)
            .execute()
        )
          .map(({ key, mention_count }) => `${key} ${mention_count}`)
          .sort(),
        vectors: vectors
          .map((row) => `${nameOf.get(Number(row.position))} ${Buffer.from(row.vector).toString('hex')}`)
          .sort(),
        signBytes: blocks.reduce((sum, { entries }) => sum + entries.length, 0),
        chunks: Number(store?.chunk_count ?? 0),
      };
    },
    clear: async () => {
      for (const table of hasPgvector ? [...TABLES, 'memory_pgvectors'] : TABLES)
        await sql`delete from ${sql.table(table)}`.execute(db);
      await db.deleteFrom('memory_stores').execute();
    },
    close: async () => {
      await engine.close();
      await database.drop();
    },
  };
}

export function source(given: Partial<MemorySource>): MemorySource {
  return {
    feedKey: 'set',
    externalId: 's',
    kind: 'note',
    title: '',
    text: '',
    author: '',
    thread: '',
    url: '',
    writtenBy: '',
    trust: 'user',
    confidence: null,
    audience: '',
    at: 1,
    metadata: {},
    mentions: [],
    ...given,
  };
}
