import { spawnSync } from 'node:child_process';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { indexSources, type MemorySource, searchMemory } from '@guildhall/cortex';
import { percent, quantile, type Row } from '../report.ts';
import { type BenchEngine, benchSource, openBenchEngine } from './engine.ts';
import { randomFrom } from './random.ts';
import { textFrom } from './texts.ts';

const BATCH = 1_000;
const SMALL = 600;
const searchProcess = fileURLToPath(new URL('./search-process.ts', import.meta.url));

/**
 * How long a search takes in small and in large stores, and how fast they fill. Made-up texts, words as uneven as in language.
 * Searches run in a process of their own, as after a start: what filling left behind is not theirs.
 */
export async function benchMemorySpeed(): Promise<Row[]> {
  const postgres = process.env.BENCH_DATABASE_URL;
  return [
    ...(await measureStores('SQLite', undefined)),
    ...(postgres === undefined ? [] : await measureStores('PostgreSQL', postgres)),
  ];
}

async function measureStores(name: string, databaseUrl: string | undefined): Promise<Row[]> {
  const isSqlite = databaseUrl === undefined;
  const opened = await openBenchEngine(databaseUrl);
  const rate = await fill(opened, 'large', 100_000);
  const control = fullTextRate();
  const ingest = `${rate.toFixed(0)} chunks/s, ${percent(rate, control)} of what FTS5 alone takes in (${control.toFixed(0)}/s)`;
  const large = searchIn(opened, 'large', 100_000);
  for (let store = 0; store < 165; store++) await fill(opened, `small-${store}`, SMALL);
  const small = searchIn(opened, 'small-80', SMALL);
  const rows: Row[] = [
    { what: `${name}: ingest`, measured: ingest, aim: isSqlite ? '>= 1,500' : '-' },
    {
      what: `${name}: one store of 100,000`,
      measured: large.times,
      aim: isSqlite ? 'p50 <= 10, p95 <= 25 ms' : 'p50 <= 20, p95 <= 50 ms',
    },
    { what: `${name}: a store of 600 beside 200,000 in 166 stores`, measured: small.times, aim: 'p95 <= 8 ms' },
    await rememberAndRecall(name, opened),
    { what: `${name}: memory of a process that searches 100,000`, measured: `${large.megabytes} MB`, aim: '<= 400 MB' },
  ];
  await opened.close();
  return rows;
}

/** One store of a million: takes minutes to fill, so it has a name of its own. */
export async function benchMemoryMillion(): Promise<Row[]> {
  const opened = await openBenchEngine(process.env.BENCH_DATABASE_URL);
  const rate = await fill(opened, 'large', 1_000_000);
  const { times, megabytes } = searchIn(opened, 'large', 1_000_000);
  await opened.close();
  return [
    { what: 'ingest of 1,000,000', measured: `${rate.toFixed(0)} chunks/s`, aim: '-' },
    { what: 'one store of 1,000,000', measured: `${times}; ${megabytes} MB`, aim: 'p95 <= 150 ms' },
  ];
}

async function fill({ engine }: BenchEngine, store: string, chunks: number): Promise<number> {
  const random = randomFrom(chunks);
  const startedAt = performance.now();
  for (let from = 0; from < chunks; from += BATCH) {
    const sources: MemorySource[] = Array.from({ length: Math.min(BATCH, chunks - from) }, (_, index) =>
      benchSource({ externalId: String(from + index), text: textFrom(random), at: 1_700_000_000_000 + from + index }),
    );
    await engine.db.transaction().execute((db) => indexSources(db, engine.kind, store, sources, 0));
    if (chunks >= 100_000 && (from / BATCH) % 20 === 0) process.stderr.write(`  ${store}: ${from}\r`);
  }
  return chunks / ((performance.now() - startedAt) / 1000);
}

function searchIn(
  { sqlitePath, databaseUrl }: BenchEngine,
  store: string,
  chunks: number,
): { times: string; megabytes: number } {
  const args = [searchProcess, sqlitePath, databaseUrl ?? '', store, String(chunks)];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** Control: the same texts into a full-text index and nothing else. */
function fullTextRate(): number {
  const CHUNKS = 20_000;
  const database = new DatabaseSync(':memory:');
  database.exec("create virtual table texts using fts5(text, tokenize = 'porter unicode61')");
  const insert = database.prepare('insert into texts (text) values (?)');
  const random = randomFrom(1);
  const texts = Array.from({ length: CHUNKS }, () => textFrom(random));
  const startedAt = performance.now();
  database.exec('begin');
  for (const text of texts) insert.run(text);
  database.exec('commit');
  const rate = CHUNKS / ((performance.now() - startedAt) / 1000);
  database.close();
  return rate;
}

/** From the call that keeps a fact to the answer that has it. */
async function rememberAndRecall(engineName: string, { engine }: BenchEngine): Promise<Row> {
  const times: number[] = [];
  for (let index = 0; index < 100; index++) {
    const startedAt = performance.now();
    const fact = benchSource({
      externalId: `fact-${index}`,
      text: `The qzx${index} was painted blue by Ada Moe.`,
      at: 1,
    });
    await engine.db.transaction().execute((db) => indexSources(db, engine.kind, 'large', [fact], 0));
    const search = { officeId: 'large', query: `qzx${index}`, limit: 3, audiences: 'all', now: 0 } as const;
    const { hits } = await searchMemory(engine.db, search);
    if (hits[0]?.externalId !== `fact-${index}`) throw new Error('a fact was not found by the next call');
    times.push(performance.now() - startedAt);
  }
  const measured = `p50 ${quantile(times, 0.5).toFixed(1)}, p95 ${quantile(times, 0.95).toFixed(1)} ms`;
  return { what: `${engineName}: remember, then recall, in 100,000`, measured, aim: 'the next call finds it' };
}
