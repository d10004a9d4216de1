import { type Migration, migrate, openEngine } from '@guildhall/storage';
import { openTestDatabase, type TestDatabase, testEngineKind } from '@guildhall/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { indexSource, type MemoryTables, memoryMigration, searchMemory } from './index.ts';
import { rankHits } from './rank.ts';

const writtenBy: Migration = {
  name: '0003_written_by',
  statements: () => ["alter table memory_chunks add column written_by text not null default ''"],
};

type Engine = Awaited<ReturnType<typeof openEngine<MemoryTables>>>;
let database: TestDatabase;
let engine: Engine;

beforeEach(async () => {
  database = await openTestDatabase();
  const { databaseUrl, sqlitePath } = database;
  engine = await openEngine<MemoryTables>({ databaseUrl, sqlitePath, sync: 'normal', poolSize: 2 });
  await migrate(engine, [memoryMigration, writtenBy]);
});
afterEach(async () => {
  await engine.close();
  await database.drop();
});

async function keep(...texts: string[]): Promise<void> {
  const common = { officeId: 'o1', sourceKind: 'memory', title: '', speaker: '', writtenBy: '', privateTo: '' };
  await engine.db.transaction().execute(async (db) => {
    for (const [at, text] of texts.entries())
      await indexSource(db, engine.kind, { ...common, sourceId: `s${at}`, text, at });
  });
}

const ask = async (query: string) =>
  (await searchMemory(engine.db, engine.kind, { officeId: 'o1', query, reader: '', limit: 10 })).map((hit) => hit.text);

describe(`a search on ${testEngineKind()}`, () => {
  it('finds words with accents, whole', async () => {
    await keep('Der Ärger mit dem Wärter begann am Montag.', 'Mélanie sings in the choir.', 'Something else.');
    expect(await ask('Ärger')).toEqual(['Der Ärger mit dem Wärter begann am Montag.']);
    expect(await ask('What does Mélanie do?')).toEqual(['Mélanie sings in the choir.']);
  });
});

describe('a ranking', () => {
  it('holds a word for rare when the whole store has it seldom, not those that were found', () => {
    const hit = (text: string, at: number) =>
      ({
        universalId: text,
        sourceKind: 'memory',
        sourceId: text,
        title: '',
        text,
        speaker: '',
        at,
        score: 0,
      }) as const;
    const store = { chunks: 1_000, chunksWith: new Map(Object.entries({ kestrel: 3, report: 900 })) };
    const ranked = rankHits(
      [hit('the report is here', 2), hit('the kestrel is here', 1)],
      ['report', 'kestrel'],
      store,
    );
    expect(ranked.map(({ text }) => text)).toEqual(['the kestrel is here', 'the report is here']);
  });
});
