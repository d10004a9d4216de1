import { type MemoryTables, searchMemory } from '@guildhall/cortex';
import { openEngine } from '@guildhall/storage';
import { quantile } from '../report.ts';
import { randomFrom } from './random.ts';
import { textFrom } from './texts.ts';

const QUERIES = 300;
const WARM_UP = 20;

/** Searches a store that is there; prints how long that takes, and what the process holds. */
const [sqlitePath = '', databaseUrl = '', store = '', chunks = '0'] = process.argv.slice(2);
const engine = await openEngine<MemoryTables>({
  sqlitePath,
  databaseUrl: databaseUrl === '' ? undefined : databaseUrl,
  sync: 'normal',
  poolSize: 2,
});
// The texts of the store again, by the same seed: questions are made of words that it has.
const texts = randomFrom(Number(chunks));
const random = randomFrom(99);
const times: number[] = [];
for (let index = -WARM_UP; index < QUERIES; index++) {
  const words = textFrom(texts).replace(/\.$/, '').split(' ');
  const chosen = Array.from({ length: 5 }, () => words[Math.floor(random() * words.length)]);
  const query = `What about ${chosen.join(' ')}?`;
  const startedAt = performance.now();
  await searchMemory(engine.db, { officeId: store, query, limit: 10, audiences: 'all', now: 0 });
  if (index >= 0) times.push(performance.now() - startedAt);
}
const megabytes = Math.round(process.memoryUsage().rss / 1_000_000);
await engine.close();
process.stdout.write(
  JSON.stringify({
    times: `p50 ${quantile(times, 0.5).toFixed(1)}, p95 ${quantile(times, 0.95).toFixed(1)} ms`,
    megabytes,
  }),
);
