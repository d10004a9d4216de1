import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from './load.ts';
import { percent, type Row } from './report.ts';
import { callServer, startProgram, startServer } from './server-process.ts';

const SECONDS = 4;
const ROUNDS = 3;

/** Task creation and listing against the bare control, in alternating rounds of the same run. */
export async function benchHttp(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-control-'));
  const control = await startProgram('bench/control-server.ts', { GUILDHALL_DATA: folder });
  const controlUrl = /http:\/\/\S+/.exec(control.line)?.[0] ?? '';
  const server = await startServer();
  const office = await callServer<{ id: string }>(server, 'POST', '/api/v1/offices', { name: 'bench' });
  const path = `${server.url}/api/v1/offices/${office.id}/tasks`;
  const json = { 'content-type': 'application/json' };
  const bearer = { authorization: `Bearer ${server.key}` };
  const post = { method: 'POST' as const, body: '{"title":"a task of the benchmark"}' };

  // The control is sent the same requests, fresh keys and all: to make them costs the load generator a core's time.
  const rates = { controlPost: 0, post: 0, controlKeyedPost: 0, keyedPost: 0, controlList: 0, list: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    rates.controlPost += (await load(`${controlUrl}/tasks`, { seconds: SECONDS, headers: json, ...post })) / ROUNDS;
    rates.post += (await load(path, { seconds: SECONDS, headers: { ...json, ...bearer }, ...post })) / ROUNDS;
    rates.controlKeyedPost +=
      (await load(`${controlUrl}/tasks`, { seconds: SECONDS, headers: json, freshKey: true, ...post })) / ROUNDS;
    rates.keyedPost +=
      (await load(path, { seconds: SECONDS, headers: { ...json, ...bearer }, freshKey: true, ...post })) / ROUNDS;
    rates.controlList += (await load(`${controlUrl}/tasks`, { seconds: SECONDS })) / ROUNDS;
    rates.list += (await load(`${path}?limit=50`, { seconds: SECONDS, headers: bearer })) / ROUNDS;
  }
  control.child.kill('SIGTERM');
  await server.stop(true);
  rmSync(folder, { recursive: true, force: true });
  const rate = (value: number) => `${value.toFixed(0)}/s`;
  return [
    {
      what: 'POST a task (row, event, audit)',
      measured: `${percent(rates.post, rates.controlPost)} (${rate(rates.post)} of ${rate(rates.controlPost)})`,
      aim: '>= 40 % of the bare control',
    },
    {
      what: 'POST a task with an Idempotency-Key',
      measured: `${percent(rates.keyedPost, rates.controlKeyedPost)} (${rate(rates.keyedPost)} of ${rate(rates.controlKeyedPost)})`,
      aim: '>= 40 % of the bare control',
    },
    {
      what: 'list 50 tasks',
      measured: `${percent(rates.list, rates.controlList)} (${rate(rates.list)} of ${rate(rates.controlList)})`,
      aim: '>= 40 % of the bare control',
    },
  ];
}
