import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { quantile, type Row } from './report.ts';
import { callServer, type RunningServer, startServer } from './server-process.ts';

const BYTES = 1_000_000_000;
const ROUNDS = 5;

/** One large file up and down, against the same bytes through two file streams, in alternating rounds; the client is a process of its own. */
export async function benchFiles(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-bench-files-'));
  const source = join(folder, 'source.bin');
  const noise = Buffer.alloc(1_000_000, 'The quick brown fox. ');
  for (let written = 0; written < BYTES; written += noise.length) {
    noise.writeUInt32LE(written, 0);
    writeFileSync(source, noise, { flag: 'a' });
  }
  const server = await startServer();
  const office = await callServer<{ id: string }>(server, 'POST', '/api/v1/offices', { name: 'bench' });
  const address = `${server.url}/api/v1/offices/${office.id}/files`;
  const restingBytes = residentBytes(server);
  let peakBytes = 0;
  const watching = setInterval(() => {
    peakBytes = Math.max(peakBytes, residentBytes(server));
  }, 50);
  const rounds: { copy: number; upload: number; read: number; download: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push({
      copy: await rateOf(() => copy(source, join(folder, 'copy.bin'))),
      upload: await rateOf(() => client('upload', address, server.key, source)),
      read: await rateOf(() => copy(source, join(folder, 'copy.bin'), false)),
      download: await rateOf(() => client('download', `${address}/source.bin`, server.key, join(folder, 'down.bin'))),
    });
    // The next round uploads other bytes: the same ones would change nothing.
    const handle = await open(source, 'r+');
    await handle.write(`round ${round}`, 10);
    await handle.close();
  }
  clearInterval(watching);
  await server.stop(true);
  rmSync(folder, { recursive: true, force: true });
  return [
    {
      what: 'upload of 1 GB',
      measured: compared(rounds.map(({ upload, copy }) => [upload, copy])),
      aim: '>= 50 % of a file stream to disk',
    },
    {
      what: 'download of 1 GB',
      measured: compared(rounds.map(({ download, read }) => [download, read])),
      aim: '>= 50 % of a file stream',
    },
    {
      what: 'memory meanwhile',
      measured: `+${((peakBytes - restingBytes) / 1_000_000).toFixed(0)} MB`,
      aim: 'flat',
    },
  ];
}

/** The middle of the rounds, each against its own control, and how far they lie apart. */
function compared(rounds: (readonly [rate: number, control: number])[]): string {
  const shares = rounds.map(([rate, control]) => rate / control);
  const share = (value: number) => `${(100 * value).toFixed(0)} %`;
  const rates = rounds.map(([rate]) => rate);
  return `${share(quantile(shares, 0.5))} (${share(Math.min(...shares))} to ${share(Math.max(...shares))} in ${ROUNDS} rounds, ${(quantile(rates, 0.5) / 1_000_000).toFixed(0)} MB/s)`;
}

async function rateOf(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (1_000 * BYTES) / (performance.now() - startedAt);
}

/** Two file streams; with `isKept` until the bytes are on the disk, as an upload is. */
async function copy(from: string, to: string, isKept = true): Promise<void> {
  await pipeline(createReadStream(from), createWriteStream(to));
  if (!isKept) return;
  const handle = await open(to);
  await handle.sync();
  await handle.close();
}

async function client(what: string, url: string, key: string, path: string): Promise<void> {
  const program = fileURLToPath(new URL('file-client-process.ts', import.meta.url));
  const child = spawn(process.execPath, [program, what, url, key, path], { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number];
  if (code !== 0) throw new Error(`the ${what} failed`);
}

function residentBytes({ child }: RunningServer): number {
  const pages = Number(readFileSync(`/proc/${child.pid}/statm`, 'utf8').split(' ')[1]);
  return pages * 4_096;
}
