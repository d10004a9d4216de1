import { DatabaseSync } from 'node:sqlite';
import { indexSources, type MemorySource, searchMemory } from '@guildhall/cortex';
import { percent, quantile, type Row } from '../report.ts';
import { type BenchEngine, benchSource, openBenchEngine } from './engine.ts';
import { randomFrom } from './random.ts';

const BATCH = 2_000;
const QUERIES = 300;
const VOCABULARY = 40_000;
const MOST_COMMON = 40;
const WORDS_A_CHUNK = 70;
const SYLLABLES =
  'ba be bi bo bu da de di do du ka ke ki ko ku la le li lo lu ma me mi mo mu na ne ni no nu ra re ri ro ru sa se si so su ta te ti to tu'.split(
    ' ',
  );

/** How long a search takes in small and in large stores, and how fast they fill. Made-up texts, words as uneven as in language. */
export async function benchMemorySpeed(): Promise<Row[]> {
  const postgres = process.env.BENCH_DATABASE_URL;
  return [
    ...(await measureStore('SQLite', undefined)),
    ...(postgres === undefined ? [] : await measureStore('PostgreSQL', postgres)),
  ];
}

async function measureStore(name: string, databaseUrl: string | undefined): Promise<Row[]> {
  const opened = await openBenchEngine(databaseUrl);
  const rows: Row[] = [];
  const rate = await fill(opened, 'large', 100_000);
  const isSqlite = name === 'SQLite';
  const control = fullTextRate();
  const measured = `${rate.toFixed(0)} chunks/s, ${percent(rate, control)} of what FTS5 alone takes in (${control.toFixed(0)}/s)`;
  rows.push({ what: `${name}: ingest`, measured, aim: isSqlite ? '>= 1,500' : '-' });
  rows.push(
    await measure(
      `${name}: one store of 100,000`,
      opened,
      'large',
      isSqlite ? 'p50 <= 10, p95 <= 25 ms' : 'p50 <= 20, p95 <= 50 ms',
    ),
  );
  for (let store = 0; store < 165; store++) await fill(opened, `small-${store}`, 600);
  rows.push(await measure(`${name}: a store of 600 beside 200,000 in 166 stores`, opened, 'small-80', 'p95 <= 8 ms'));
  rows.push(await rememberAndRecall(name, opened));
  const memory = Math.round(process.memoryUsage().rss / 1_000_000);
  rows.push({ what: `${name}: memory of the process`, measured: `${memory} MB`, aim: '<= 400 MB' });
  await opened.close();
  return rows;
}

/** One store of a million: takes minutes to fill, so it has a name of its own. */
export async function benchMemoryMillion(): Promise<Row[]> {
  const opened = await openBenchEngine(process.env.BENCH_DATABASE_URL);
  const rate = await fill(opened, 'large', 1_000_000);
  const row = await measure('one store of 1,000,000', opened, 'large', 'p95 <= 150 ms');
  await opened.close();
  return [{ what: 'ingest of 1,000,000', measured: `${rate.toFixed(0)} chunks/s`, aim: '-' }, row];
}

async function fill({ engine }: BenchEngine, store: string, chunks: number): Promise<number> {
  const random = randomFrom(store.length + chunks);
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

async function measure(what: string, { engine }: BenchEngine, store: string, aim: string): Promise<Row> {
  const random = randomFrom(99);
  const times: number[] = [];
  for (let index = -20; index < QUERIES; index++) {
    const words = Array.from({ length: 6 }, () => word(random));
    const query = `What about ${words.slice(0, 4).join(' ')} and ${name(random)}?`;
    const startedAt = performance.now();
    await searchMemory(engine.db, { officeId: store, query, limit: 10, audiences: 'all', now: 0 });
    if (index >= 0) times.push(performance.now() - startedAt);
  }
  return { what, measured: `p50 ${quantile(times, 0.5).toFixed(1)}, p95 ${quantile(times, 0.95).toFixed(1)} ms`, aim };
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
    const { hits } = await searchMemory(engine.db, {
      officeId: 'large',
      query: `qzx${index}`,
      limit: 3,
      audiences: 'all',
      now: 0,
    });
    if (hits[0]?.externalId !== `fact-${index}`) throw new Error('a fact was not found by the next call');
    times.push(performance.now() - startedAt);
  }
  const measured = `p50 ${quantile(times, 0.5).toFixed(1)}, p95 ${quantile(times, 0.95).toFixed(1)} ms`;
  return { what: `${engineName}: remember, then recall, in 100,000`, measured, aim: 'the next call finds it' };
}

function textFrom(random: () => number): string {
  const words = Array.from({ length: WORDS_A_CHUNK }, (_, index) => (index % 20 === 10 ? name(random) : word(random)));
  return `${words.join(' ')}.`;
}

/** The few come often, the many seldom (Zipf), the most common in every fifth piece: what comes oftener is no word to search by. */
function word(random: () => number): string {
  return spelled(Math.floor(MOST_COMMON * (VOCABULARY / MOST_COMMON) ** random()));
}

function name(random: () => number): string {
  const part = () => {
    const text = spelled(50_000 + Math.floor(random() * 3_000));
    return text.charAt(0).toUpperCase() + text.slice(1);
  };
  return `${part()} ${part()}`;
}

function spelled(number: number): string {
  let text = '';
  for (let rest = number + SYLLABLES.length; rest > 0; rest = Math.floor(rest / SYLLABLES.length))
    text += SYLLABLES[rest % SYLLABLES.length];
  return text;
}
