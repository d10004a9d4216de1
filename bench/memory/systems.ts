import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { indexSource, type MemoryTables, memoryMigration, searchMemory } from '@guildhall/cortex';
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

/** The engine of the house, on SQLite, every store an office of its own. */
export const cortex: System = {
  name: 'cortex',
  open: async (memories) => {
    const folder = mkdtempSync(join(tmpdir(), 'guildhall-memory-'));
    const engine = await openEngine<MemoryTables>({
      sqlitePath: join(folder, 'memory.sqlite'),
      sync: 'normal',
      poolSize: 1,
    });
    await migrate(engine, [memoryMigration, writtenBy]);
    const ids = new Map<string, string>();
    await engine.db.transaction().execute(async (db) => {
      for (const [number, memory] of memories.entries()) {
        ids.set(String(number), memory.id);
        await indexSource(db, engine.kind, {
          officeId: memory.store,
          sourceKind: 'memory',
          sourceId: String(number),
          title: '',
          text: memory.text,
          speaker: memory.speaker ?? '',
          writtenBy: '',
          privateTo: '',
          at: number,
        });
      }
    });
    return {
      search: async (store, query) => {
        const search = { officeId: store, query, reader: '', limit: LIMIT * 3 };
        const hits = await searchMemory(engine.db, engine.kind, search);
        return [...new Set(hits.map((hit) => ids.get(hit.sourceId) ?? ''))].slice(0, LIMIT);
      },
      close: async () => {
        await engine.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
};

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
