import { DatabaseSync } from 'node:sqlite';
import {
  indexSources,
  lexicalVector,
  type MemoryQuery,
  type MemorySource,
  type Mention,
  parseDate,
  searchMemory,
} from '@guildhall/cortex';
import MiniSearch from 'minisearch';
import { stemmer } from 'stemmer';
import { benchSource, openBenchEngine } from './engine.ts';
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
      const { engine, close } = await openBenchEngine();
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
        close,
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
  return benchSource({
    externalId: memory.id,
    text: memory.text,
    author: speaker,
    thread: speaker === '' ? '' : memory.session,
    at: parseDate(memory.time ?? '') ?? 0,
    mentions: mentions ?? [],
    hasAllMentions: mentions !== undefined,
  });
}

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

/** Control: every memory as it stands, found by the vectors of the built-in embedder alone. */
export const verbatimRag: System = {
  name: 'verbatim RAG',
  open: async (memories) => {
    const stores = Map.groupBy(
      memories.map(({ store, id, text }) => ({ store, id, vector: lexicalVector(text) })),
      ({ store }) => store,
    );
    return {
      search: async (store, query) => {
        const wanted = lexicalVector(query);
        const scored = (stores.get(store) ?? []).map(({ id, vector }) => ({ id, score: dot(wanted, vector) }));
        return scored
          .sort((one, other) => other.score - one.score)
          .slice(0, LIMIT)
          .map(({ id }) => id);
      },
      close: async () => {},
    };
  },
};

function dot(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += (one[at] ?? 0) * (other[at] ?? 0);
  return sum;
}

const RRF_K = 60;

/** Control: the ranks of two legs, added with the same weight. */
export function naiveRrf(one: System, other: System): System {
  return {
    name: `naive RRF of ${one.name} and ${other.name}`,
    open: async (memories) => {
      const legs = [await one.open(memories), await other.open(memories)];
      return {
        search: async (store, query) => {
          const scores = new Map<string, number>();
          for (const leg of legs)
            for (const [rank, id] of (await leg.search(store, query)).entries())
              scores.set(id, (scores.get(id) ?? 0) + 1 / (RRF_K + rank + 1));
          return [...scores]
            .sort(([, a], [, b]) => b - a)
            .slice(0, LIMIT)
            .map(([id]) => id);
        },
        close: async () => {
          for (const leg of legs) await leg.close();
        },
      };
    },
  };
}
