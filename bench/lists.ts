import { join } from 'node:path';
import { type Engine, openEngine } from '@guildhall/storage';
import { temporaryDatabase } from '@guildhall/testing';
import { sql } from 'kysely';
import type { Tables } from '../apps/server/src/schema/index.ts';
import { multiplyRows, type Place } from './list-rows.ts';
import { quantile, type Row } from './report.ts';
import { callServer, type RunningServer, startServer } from './server-process.ts';

const ROWS = 100_000;
const PAGES = 20;
const LIMIT = 100;

/** Pages of every list of the office API, one after the other by its cursor, with 100,000 rows in each; on PostgreSQL where there is one. */
export async function benchLists(): Promise<Row[]> {
  const address = process.env.BENCH_DATABASE_URL;
  const rows = await measure('SQLite', undefined);
  if (address === undefined) return rows;
  const database = await temporaryDatabase(address, 'bench');
  try {
    return [...rows, ...(await measure('PostgreSQL', database.url))];
  } finally {
    await database.drop();
  }
}

async function measure(name: string, databaseUrl: string | undefined): Promise<Row[]> {
  const environment: Record<string, string> = databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl };
  const first = await startServer(environment);
  const place = await oneOfEach(first);
  await first.stop(false);
  const engine = await openEngine<Tables>({
    databaseUrl,
    sqlitePath: join(first.folder, 'guildhall.sqlite'),
    sync: 'normal',
    poolSize: 2,
  });
  await multiplyRows(engine, place, ROWS);
  const server = await startServer(environment, first.folder);
  const results: { path: string; p50: number; max: number }[] = [];
  try {
    await searchIsReady(engine);
    for (const path of pathsOf(place)) results.push({ path, ...(await walk(server, path)) });
  } finally {
    await engine.close();
    await server.stop(true);
  }
  results.sort((a, b) => b.p50 - a.p50);
  const slow = results.filter(({ p50 }) => p50 > 10);
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  const rows = (slow.length > 0 ? slow : results.slice(0, 3)).map(({ path, p50, max }) => ({
    what: `${name}: ${path.replace(place.base, '')}`,
    measured: `${ms(p50)} (slowest page ${ms(max)})`,
    aim: '<= 10 ms a page',
  }));
  const median = quantile(
    results.map(({ p50 }) => p50),
    0.5,
  );
  return [
    {
      what: `${name}: ${results.length} lists of ${ROWS} rows, pages of ${LIMIT}`,
      measured: `median ${ms(median)}, ${slow.length} above 10 ms`,
      aim: '<= 10 ms a page',
    },
    ...rows,
  ];
}

/** SQLite takes what was put there behind the house's back into the index of tasks some thousands a second; until then a search reads all. */
async function searchIsReady(engine: Engine<Tables>): Promise<void> {
  if (engine.kind === 'postgres') return;
  const behind = sql<{ behind: number }>`
    select (select max(id) from task_words_docsize) < (select max(number) from tasks) as behind`;
  await until(async () => ((await behind.execute(engine.db)).rows[0]?.behind === 0 ? true : undefined));
}

/** A row of each kind, made as users make them; the rest is copied from it. */
async function oneOfEach(server: RunningServer): Promise<Place> {
  const call = <T>(method: string, path: string, body?: unknown) => callServer<T>(server, method, path, body);
  const { id: office } = await call<{ id: string }>('POST', '/api/v1/offices', { name: 'bench' });
  const base = `/api/v1/offices/${office}`;
  await call('POST', `${base}/employees`, { name: 'aria' });
  await call('POST', `${base}/employees`, { name: 'far', driver: 'external' });
  const { id: task } = await call<{ id: string }>('POST', `${base}/tasks`, { title: 'whole', assigned_to: 'far' });
  await call('POST', `${base}/tasks`, { title: 'part', parentId: task });
  await call('POST', `${base}/tasks/${task}/comments`, { body: 'said' });
  await call('POST', `${base}/tasks/${task}/artifacts`, { path: 'https://example.org/1' });
  const { message } = await call<{ message: { conversation_id: string } }>('POST', `${base}/messages/send`, {
    to: 'far',
    content: 'hello',
  });
  const { id: group } = await call<{ id: string }>('POST', `${base}/xmtp/groups`, { name: 'crew', members: ['far'] });
  await call('POST', `${base}/xmtp/groups/${group}/send`, { content: 'hello all' });
  await call('POST', `${base}/messages/send`, { to: 'aria', content: 'what can you do?' });
  const run = await until(async () => {
    const [done] = await call<{ id: string; status: string }[]>('GET', `${base}/runs`);
    return done?.status === 'succeeded' ? done.id : undefined;
  });
  for (const name of ['many/a.txt', 'gone.txt', 'gone.txt']) await upload(server, base, name);
  await call('POST', `${base}/files/_folders`, { path: 'folders/one' });
  await call('DELETE', `${base}/files/gone.txt`);
  await call('POST', `${base}/callbacks/pod-event`, { type: 'x' });
  await call('POST', `${base}/invites`, { label: 'x' });
  await call('POST', `${base}/delegates/far`, { permissions: ['tasks:read'] });
  await call('POST', `${base}/schedules`, { agent: 'far', prompt: 'x', every_seconds: 86_400 });
  await call('PUT', `${base}/env`, { FIRST: 'x' });
  await call('POST', `${base}/credits`, { amount: 1, reason: 'x' });
  const agents = await call<{ id?: string; name: string }[]>('GET', `${base}/employees`);
  const agent = agents.find(({ name }) => name === 'far')?.id ?? '';
  return { base, office, task, agent, conversation: message.conversation_id, group, run };
}

function pathsOf({ base, office, task, group, run, conversation }: Place): string[] {
  const inOffice = [
    'employees',
    'employees/far/activity',
    'employees/far/events',
    'employees/far/chat-sessions',
    'tasks',
    'tasks?status=queued',
    'tasks?status=completed',
    'tasks?assigned_to=far',
    // In none of them, in all of them, in a few, and too short for an index.
    'tasks?q=wherefore',
    'tasks?q=task',
    'tasks?q=999',
    'tasks?q=task%20999&status=completed',
    'tasks?q=zz',
    `tasks?parent=${task}`,
    `tasks/${task}/subtasks`,
    `tasks/${task}/comments`,
    `tasks/${task}/logs`,
    `tasks/${task}/artifacts`,
    'files',
    'files?folder=many',
    'files/_folders?parent=folders',
    'files/_trash',
    'files/many%2Fa.txt/versions',
    'credits/history',
    'xmtp/conversations',
    'xmtp/conversations?unread=true',
    'xmtp/groups',
    'xmtp/messages/far/admin-sdk',
    `xmtp/conversations/${conversation}/messages`,
    `xmtp/groups/${group}/messages`,
    'events',
    'events?type=task',
    'events?type=message',
    'events/ssh',
    `events/chat/${conversation}`,
    'employees/far/activity?category=message',
    'callbacks',
    'invites',
    'delegates',
    'runs',
    `runs/${run}/steps`,
    'approvals',
    'attention',
    'schedules',
    'env',
  ];
  const proxy = `/api/offices/${office}/xmtp?view=`;
  return [
    '/api/v1/offices',
    ...inOffice.map((path) => `${base}/${path}`),
    `${proxy}conversations`,
    `${proxy}messages&agent=far&peer=admin-sdk`,
    `${proxy}group-messages&groupId=${group}`,
  ];
}

/** Pages from the beginning on; a list that ends is begun again. */
async function walk(server: RunningServer, path: string): Promise<{ p50: number; max: number }> {
  const times: number[] = [];
  let cursor: string | null = null;
  // What is compiled and loaded at the first call belongs to the start of the house.
  await page(server, path, null);
  for (let index = 0; index < PAGES; index++) {
    const startedAt = performance.now();
    cursor = await page(server, path, cursor);
    times.push(performance.now() - startedAt);
  }
  return { p50: quantile(times, 0.5), max: Math.max(...times) };
}

async function page(server: RunningServer, path: string, cursor: string | null): Promise<string | null> {
  const query = `limit=${LIMIT}${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
  const response = await fetch(`${server.url}${path}${path.includes('?') ? '&' : '?'}${query}`, {
    headers: { authorization: `Bearer ${server.key}` },
  });
  const body: unknown = await response.json();
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(body)}`);
  return response.headers.get('x-next-cursor');
}

async function upload(server: RunningServer, base: string, name: string): Promise<void> {
  const form = new FormData();
  form.append('file', new Blob([`bytes of ${name}`]), name);
  const response = await fetch(`${server.url}${base}/files`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.key}` },
    body: form,
  });
  if (!response.ok) throw new Error(`the upload answered ${response.status}`);
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
