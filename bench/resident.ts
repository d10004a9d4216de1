import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Row } from './report.ts';
import { callServer, startServer } from './server-process.ts';

const AGENTS = 10_000;
const SETTLE_MS = 3_000;
const WATCH_MS = 10_000;

/** Time to ready, memory at rest, and what ten thousand idle agents cost. */
export async function benchResident(): Promise<Row[]> {
  const first = await startServer();
  const office = await callServer<{ id: string }>(first, 'POST', '/api/v1/offices', { name: 'bench' });
  await first.stop(false);
  const starts: number[] = [];
  for (let round = 0; round < 5; round++) {
    const again = await startServer({}, first.folder);
    starts.push(again.startMs);
    await again.stop(false);
  }
  const empty = await startServer({}, first.folder);
  await delay(SETTLE_MS);
  const idleMegabytes = residentMegabytes(empty.child.pid ?? 0);
  for (let from = 0; from < AGENTS; from += 50) {
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        callServer(empty, 'POST', `/api/v1/offices/${office.id}/employees`, { name: `agent-${from + index}` }),
      ),
    );
  }
  await empty.stop(false);
  // A process that has just hired ten thousand still holds the garbage of it: what idle agents cost shows after a start.
  const full = await startServer({}, first.folder);
  await delay(SETTLE_MS);
  const fullMegabytes = residentMegabytes(full.child.pid ?? 0);
  const before = cpuMs(full.child.pid ?? 0);
  await delay(WATCH_MS);
  const busy = (100 * (cpuMs(full.child.pid ?? 0) - before)) / WATCH_MS;
  await full.stop(true);
  return [
    {
      what: 'start to ready on an existing folder',
      measured: `${(Math.min(...starts) / 1000).toFixed(2)}-${(Math.max(...starts) / 1000).toFixed(2)} s`,
      aim: '<= 1.0 s',
    },
    { what: 'resident memory idle', measured: `${idleMegabytes.toFixed(0)} MB`, aim: '<= 150 MB' },
    {
      what: 'memory added by 10,000 idle agents',
      measured: `${(fullMegabytes - idleMegabytes).toFixed(0)} MB`,
      aim: '<= 100 MB',
    },
    { what: 'CPU with 10,000 idle agents', measured: `${busy.toFixed(2)} %`, aim: '< 1 %' },
  ];
}

function residentMegabytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1024;
}

/** User and system time of a process; the kernel counts in hundredths of a second. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
