import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  cortexMigration,
  indexSources,
  type MemoryQuery,
  type MemorySource,
  type MemoryTables,
  type Mention,
  memoryMigration,
  parseDate,
  searchMemory,
} from '@guildhall/cortex';
import { type Migration, migrate, openEngine } from '@guildhall/storage';
import MiniSearch from 'minisearch';
import { stemmer } from 'stemmer';
import type { Memory } from './sets.ts';

const LIMIT = 20;

/** A retriever: takes the memories of all stores in, then answers with memory ids, best first. */
export interface System {
  name: string;
  open(memories: readonly Memory[]): Promise<OpenSystem>;
}

export interface OpenSystem {
  search(store: string, query: string): Promise<string[]>;
  close(): Promise<void>;
}

const STOP_WORDS = new Set(
  `a about after all also am an and any are as at be because been before but by can could did do does for from had has have he
  her his how i if in into is it its just me my no not of off on or our out over she so some than that the their them then there
  these they this to too up us was we were what when where which who whom whose why will with would you your`.split(
    /\s+/,
  ),
);

/** The engine of the house, on SQLite, every store an office of its own. One configuration for all sets. */
export function cortex(name: string, options: CortexOptions = {}): System {
  return {
    name,
    open: async (memories) => {
      const folder = mkdtempSync(join(tmpdir(), 'guildhall-memory-'));
      const sqlitePath = join(folder, 'memory.sqlite');
      const engine = await openEngine<MemoryTables>({ sqlitePath, sync: 'normal', poolSize: 1 });
      await migrate(engine, [memoryMigration, writtenBy, cortexMigration]);
      const newest = new Map<string, number>();
      for (const [store, own] of Map.groupBy(memories, (memory) => memory.store)) {
        const sources = own.map((memory) => toSource(memory, options.mentions?.get(memory.id)));
        for (let from = 0; from < sources.length; from += 1_000)
          await engine.db
            .transaction()
            .execute((db) => indexSources(db, engine.kind, store, sources.slice(from, from + 1_000), 0));
        const dates = await engine.db
          .selectFrom('memory_sources')
          .innerJoin('memory_stores', 'memory_stores.number', 'memory_sources.store')
          .select(({ fn }) => fn.max('memory_sources.at').as('at'))
          .where('memory_stores.office_id', '=', store)
          .executeTakeFirst();
        newest.set(store, Number(dates?.at ?? 0));
      }
      return {
        search: async (store, query) => {
          const now = newest.get(store) ?? 0;
          const { signals } = options;
          const search = { officeId: store, query, audiences: 'all', limit: LIMIT * 2, now, signals } as const;
          const { hits } = await searchMemory(engine.db, search);
          return [
            ...new Set(hits.flatMap(({ externalId, duplicates }) => [externalId, ...duplicates.map(idOf)])),
          ].slice(0, LIMIT);
        },
        close: async () => {
          await engine.close();
          rmSync(folder, { recursive: true, force: true });
        },
      };
    },
  };
}

export interface CortexOptions {
  signals?: MemoryQuery['signals'];
  /** What each memory names, by its id, extracted elsewhere. */
  mentions?: Map<string, Mention[]>;
}

function idOf(universalId: string): string {
  return universalId.replace(/^set:/, '').replace(/#\d+$/, '');
}

function toSource(memory: Memory, mentions: Mention[] | undefined): MemorySource {
  const speaker = memory.speaker ?? '';
  return {
    feedKey: 'set',
    externalId: memory.id,
    kind: 'note',
    title: '',
    text: memory.text,
    author: speaker,
    thread: speaker === '' ? '' : memory.session,
    url: '',
    writtenBy: '',
    trust: 'user',
    confidence: null,
    audience: '',
    at: parseDate(memory.time ?? '') ?? 0,
    metadata: {},
    mentions: mentions ?? [],
    hasAllMentions: mentions !== undefined,
  };
}

/** What a later migration of the server adds to the tables of the memory. */
const writtenBy: Migration = {
  name: '0003_written_by',
  statements: () => ["alter table memory_chunks add column written_by text not null default ''"],
};

/** Control: BM25 of a well-kept library, with Porter stems and stop words. */
export const miniSearch: System = {
  name: 'MiniSearch + Porter',
  open: async (memories) => {
    const stores = new Map<string, MiniSearch<{ id: number; text: string }>>();
    for (const [id, { store, text }] of memories.entries()) {
      const index =
        stores.get(store) ??
        new MiniSearch({
          fields: ['text'],
          processTerm: (term) => (STOP_WORDS.has(term.toLowerCase()) ? null : stemmer(term.toLowerCase())),
        });
      stores.set(store, index);
      index.add({ id, text });
    }
    return {
      search: async (store, query) =>
        (stores.get(store)?.search(query) ?? []).slice(0, LIMIT).map(({ id }) => memories[Number(id)]?.id ?? ''),
      close: async () => {},
    };
  },
};

/** Control: the full text of SQLite as it comes, words joined by OR. */
export const fullText: System = {
  name: 'SQLite FTS5, porter',
  open: async (memories) => {
    const database = new DatabaseSync(':memory:');
    database.exec("create virtual table texts using fts5(store unindexed, text, tokenize = 'porter unicode61')");
    const insert = database.prepare('insert into texts (rowid, store, text) values (?, ?, ?)');
    for (const [number, { store, text }] of memories.entries()) insert.run(number + 1, store, text);
    const select = database.prepare(
      'select rowid from texts where texts match ? and store = ? order by bm25(texts) limit ?',
    );
    return {
      search: async (store, query) => {
        const words = query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
        const wanted = words.filter((word) => !STOP_WORDS.has(word)).map((word) => `"${word}"`);
        if (wanted.length === 0) return [];
        return select
          .all(wanted.join(' OR '), store, LIMIT)
          .map((row) => memories[Number((row as { rowid: number }).rowid) - 1]?.id ?? '');
      },
      close: async () => database.close(),
    };
  },
};
