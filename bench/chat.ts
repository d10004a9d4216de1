import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Row } from './report.ts';
import { callServer, startProgram, startServer } from './server-process.ts';

const READERS = 300;
const A_SECOND = 50;
const SECONDS = 12;
const HANG_UPS_A_SECOND = 15;

interface Seen {
  deliveries: number;
  missing: number;
  doubled: number;
  hungUp: number;
  p50: number;
  p99: number;
  max: number;
}

/** What is said in one office, to many readers at once, some of which hang up and come again. */
export async function benchChat(): Promise<Row[]> {
  const control = await startProgram('bench/chat-control.ts', {});
  const controlUrl = /http:\/\/\S+/.exec(control.line)?.[0] ?? '';
  const bare = await measure(controlUrl, {}, (content) =>
    fetch(controlUrl, { method: 'POST', body: JSON.stringify({ content }) }).then((answer) => answer.arrayBuffer()),
  );
  control.child.kill('SIGTERM');
  const server = await startServer({ GUILDHALL_RATE_PER_MINUTE: '1000000' });
  const office = await callServer<{ id: string }>(server, 'POST', '/api/v1/offices', { name: 'bench' });
  const path = `/api/v1/offices/${office.id}`;
  // It lives elsewhere: nobody is woken, so that what is measured is the way of the message.
  await callServer(server, 'POST', `${path}/employees`, { name: 'far', driver: 'external' });
  const own = await measure(
    `${server.url}${path}/messages/stream`,
    { authorization: `Bearer ${server.key}` },
    (content) => callServer(server, 'POST', `${path}/messages/send`, { to: 'far', content }),
  );
  await server.stop(true);
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  const load = `${READERS} readers, ${A_SECOND} messages/s, ${own.deliveries} deliveries, ${own.hungUp} hang-ups`;
  return [
    {
      what: 'message to reader, p50',
      measured: `${ms(own.p50)} (bare fan-out ${ms(bare.p50)})`,
      aim: 'none: the way of half of them',
    },
    { what: 'message to reader, p99', measured: `${ms(own.p99)} (bare fan-out ${ms(bare.p99)})`, aim: '<= 150 ms' },
    { what: 'message to reader, slowest', measured: `${ms(own.max)} (bare fan-out ${ms(bare.max)})`, aim: 'none' },
    { what: load, measured: `${own.missing} lost, ${own.doubled} doubled`, aim: 'none' },
  ];
}

async function measure(
  url: string,
  headers: Record<string, string>,
  say: (content: string) => Promise<unknown>,
): Promise<Seen> {
  const readers = spawn(
    process.execPath,
    [
      fileURLToPath(new URL('readers-process.ts', import.meta.url)),
      JSON.stringify({ url, headers, readers: READERS, hangUps: HANG_UPS_A_SECOND }),
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  await nextLine(readers);
  const startedAt = performance.now();
  const saying: Promise<unknown>[] = [];
  for (let number = 0; number < A_SECOND * SECONDS; number++) {
    const dueMs = startedAt + (number * 1_000) / A_SECOND;
    await delay(Math.max(0, dueMs - performance.now()));
    saying.push(say(`#${number} at ${performance.timeOrigin + performance.now()}#`));
  }
  await Promise.all(saying);
  readers.stdin?.write(`${saying.length}\n`);
  return JSON.parse(await nextLine(readers)) as Seen;
}

async function nextLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the readers have no output');
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return chunk.toString();
}
