import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MemorySource, MemoryTables } from '@guildhall/cortex';
import { cortexMigration, enrichmentMigration, memoryMigration } from '@guildhall/cortex/migrations';
import { type Engine, type Migration, migrate, openEngine } from '@guildhall/storage';

/** What a later migration of the server adds to the tables of the memory. */
const writtenBy: Migration = {
  name: '0003_written_by',
  statements: () => ["alter table memory_chunks add column written_by text not null default ''"],
};

export interface BenchEngine {
  engine: Engine<MemoryTables>;
  sqlitePath: string;
  databaseUrl: string | undefined;
  close(): Promise<void>;
}

/** A memory in a database of its own: SQLite in a folder, or PostgreSQL at `databaseUrl`, whose tables are taken away after. */
export async function openBenchEngine(databaseUrl?: string): Promise<BenchEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-memory-'));
  const sqlitePath = join(folder, 'memory.sqlite');
  const engine = await openEngine<MemoryTables>({ databaseUrl, sqlitePath, sync: 'normal', poolSize: 2 });
  await migrate(engine, [memoryMigration, writtenBy, cortexMigration, enrichmentMigration]);
  return {
    engine,
    sqlitePath,
    databaseUrl,
    close: async () => {
      await engine.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function benchSource(given: Partial<MemorySource> & Pick<MemorySource, 'externalId' | 'text'>): MemorySource {
  return {
    feedKey: 'set',
    kind: 'note',
    title: '',
    author: '',
    thread: '',
    url: '',
    writtenBy: '',
    trust: 'user',
    confidence: null,
    audience: '',
    at: 0,
    metadata: {},
    mentions: [],
    ...given,
  };
}
