import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  eventually,
  openModelServer,
  openOwnPostgres,
  openTestDatabase,
  type ScriptedAnswer,
  type ScriptedRequest,
  spokenTimes,
  type TestDatabase,
  testEngineKind,
} from '@guildhall/testing';
import pg from 'pg';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { openApp } from './app.ts';
import { readConfig } from './config.ts';
import { verifyAudit } from './domain/audit/index.ts';
import { systemContext } from './domain/context/index.ts';
import { checkLedger } from './domain/credits/index.ts';
import { type ServerProcess, startServerProcess } from './testing/server-process.ts';

const AGENTS = 50;
const TASKS = 500;
const MESSAGES = 100;
const KILLS = 30;
const DATABASE_BREAKS = 2;
const STOP_AT = 20;
const FAULTS = [{ status: 529 }, { fault: 'broken' }, { fault: 'garbage' }, { status: 500 }] as const;
const OWNER_KEY = 'mi_model_crash_owner_key_0001';

/** The work of a model: a file of its own, a command, a file for all, the end. Every tenth answer is a fault. */
function script(random: () => number): (request: ScriptedRequest) => ScriptedAnswer {
  return (request) => {
    const fault = FAULTS[Math.floor(random() * FAULTS.length)];
    if (fault !== undefined && random() < 0.1) return fault;
    const opening = request.turns[0]?.role === 'user' ? request.turns[0].text : '';
    const usage = { inputTokens: 1_000, outputTokens: 100 };
    const task = /report number (\d+)/.exec(opening)?.[1];
    if (task === undefined) return { text: `Heard: ${/says:\n(item \d+)/.exec(opening)?.[1]}`, usage };
    const name = `reports/${task}.md`;
    const calls = [
      { name: 'workspace_write', input: { path: `${task}.txt`, content: `draft ${task}` } },
      { name: 'shell', input: { command: `sleep 0.02; wc -c < ${task}.txt` } },
      { name: 'drive_write', input: { name, content: `report ${task}` } },
      { name: 'task_complete', input: { result: `report ${task}`, evidence: { files: [{ name }] } } },
    ];
    const next = calls[spokenTimes(request)];
    return next === undefined ? { text: 'nothing left' } : { calls: [next], usage };
  };
}

it(`${AGENTS} agents with a faulty model end ${TASKS} tasks once through ${KILLS} kills`, {
  timeout: 900_000,
}, async () => {
  const seed = Date.now() % 1_000_000;
  let state = seed;
  const random = () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
  const model = await openModelServer(script(random));
  const own = testEngineKind() === 'postgres' ? await openOwnPostgres() : undefined;
  const opened = await openTestDatabase();
  const database = own === undefined ? opened : { ...opened, databaseUrl: own.databaseUrl };
  const environment = {
    GUILDHALL_OWNER_KEY: OWNER_KEY,
    GUILDHALL_HIRE_LIMIT: '1000',
    GUILDHALL_RUN_LEASE_MS: '2000',
    GUILDHALL_RUN_CONCURRENCY: '50',
    GUILDHALL_OFFICE_GRANT: '10000',
    GUILDHALL_MODEL_SILENCE_MS: '5000',
    GUILDHALL_MODEL_RETRY_MS: '2000',
    ANTHROPIC_API_KEY: 'scripted',
    ANTHROPIC_BASE_URL: model.anthropicUrl,
  };
  let server: ServerProcess = await startServerProcess(database, environment);

  const call = async (method: string, path: string, body?: object, key?: string): Promise<Record<string, unknown>> =>
    eventually(
      `${method} ${path} (seed ${seed})`,
      async () => {
        try {
          const response = await fetch(server.url + path, {
            method,
            headers: {
              authorization: `Bearer ${OWNER_KEY}`,
              'content-type': 'application/json',
              ...(key === undefined ? {} : { 'idempotency-key': key }),
            },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          });
          return response.ok ? ((await response.json()) as Record<string, unknown>) : undefined;
        } catch {
          return undefined;
        }
      },
      60_000,
    );

  try {
    const office = await call('POST', '/api/v1/offices', { name: 'chaos' }, 'office');
    const base = `/api/v1/offices/${office.id}`;
    for (let index = 0; index < AGENTS; index++)
      await call('POST', `${base}/employees`, { name: `agent-${index}`, modelTier: 'haiku' }, `hire-${index}`);
    let sent = 0;
    let kills = 0;
    const load = (async () => {
      for (let index = 0; index < TASKS; index++) {
        const agent = `agent-${index % AGENTS}`;
        const task = { title: `write report number ${index}`, assigned_to: agent, verification_type: 'file_exists' };
        await call('POST', `${base}/tasks`, task, `task-${index}`);
        if (index < MESSAGES)
          await call('POST', `${base}/messages/send`, { to: agent, content: `item ${index}` }, `message-${index}`);
        sent = index + 1;
        while (sent > ((kills + 1) * TASKS) / KILLS) await delay(5);
      }
    })();
    for (; kills < KILLS; kills++) {
      await delay(100 + random() * 500);
      if (kills % Math.ceil(KILLS / DATABASE_BREAKS) === 1) {
        if (own !== undefined) await own.restart();
        else await breakDatabase(database);
      }
      if (kills === STOP_AT) {
        // With dozens of runs under way, not only at rest.
        const stopping = performance.now();
        expect(await server.end('SIGTERM')).toBe(0);
        expect(performance.now() - stopping).toBeLessThan(10_000);
      } else await server.end('SIGKILL');
      server = await startServerProcess(database, environment);
    }
    await load;
    let last: unknown;
    await eventually(
      () => `every task to end (seed ${seed}), but: ${JSON.stringify(last)}`,
      async () => {
        const stats = await call('GET', `${base}/tasks/stats`);
        const { runs } = (await call('GET', `${base}/status`)) as { runs?: { waiting: number; running: number } };
        last = { stats, runs };
        return stats.completed === TASKS && (runs?.waiting ?? 1) + (runs?.running ?? 1) === 0 ? stats : undefined;
      },
      480_000,
    );
    const stopping = performance.now();
    expect(await server.end('SIGTERM')).toBe(0);
    expect(performance.now() - stopping).toBeLessThan(10_000);
    await expectWhole(database, String(office.id), seed);
    // Commands die with the process that started them.
    const left = await promisify(execFile)('pgrep', ['-f', database.folder]).catch(() => ({ stdout: '' }));
    expect(left.stdout).toBe('');
  } finally {
    if (server.child.exitCode === null && server.child.signalCode === null) await server.end('SIGKILL');
    await model.close();
    await database.drop();
    await own?.stop();
  }
});

/** Where PostgreSQL cannot be restarted: as a restart looks from a client, every connection ends at once. */
async function breakDatabase(database: TestDatabase): Promise<void> {
  if (database.databaseUrl === undefined) return;
  const client = new pg.Client({ connectionString: database.databaseUrl });
  await client.connect();
  await client.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  await client.end();
  await delay(200);
}

async function expectWhole(database: TestDatabase, officeId: string, seed: number): Promise<void> {
  const config = readConfig({
    GUILDHALL_DATA: database.folder,
    GUILDHALL_RUN_CONCURRENCY: '0',
    GUILDHALL_LOG: 'silent',
    ...(database.databaseUrl === undefined ? {} : { DATABASE_URL: database.databaseUrl }),
  });
  const app = await openApp({ config, log: pino({ level: 'silent' }), version: 'test' });
  try {
    const { db } = app.house.engine;
    const context = systemContext(app.house, 'test');
    const endings = await db
      .selectFrom('events')
      .select('subject_id')
      .where('office_id', '=', officeId)
      .where('type', '=', 'task.completed')
      .execute();
    expect([endings.length, new Set(endings.map((event) => event.subject_id)).size, seed]).toEqual([
      TASKS,
      TASKS,
      seed,
    ]);
    // The same bytes written again would be no new version: what counts is that no call was made twice.
    const files = await db.selectFrom('drive_files').select('version').where('office_id', '=', officeId).execute();
    expect([files.length, Math.max(...files.map((file) => file.version))]).toEqual([TASKS, 1]);
    const replies = await db
      .selectFrom('messages')
      .select('content')
      .where('office_id', '=', officeId)
      .where('sender_kind', '=', 'agent')
      .execute();
    expect(replies.map((reply) => reply.content).sort()).toEqual(
      Array.from({ length: MESSAGES }, (_, index) => `Heard: item ${index}`).sort(),
    );
    const open = await db.selectFrom('run_steps').select('run_id').where('status', '=', 'started').execute();
    expect(open).toEqual([]);
    expect(await checkLedger(context)).toEqual([]);
    // What the runs say they cost is what the office paid.
    const runs = await db
      .selectFrom('runs')
      .select(({ fn }) => [fn.sum<number>('cost_cents').as('cents'), fn.countAll<number>().as('count')])
      .where('office_id', '=', officeId)
      .executeTakeFirstOrThrow();
    const account = await db
      .selectFrom('accounts')
      .selectAll()
      .where('kind', '=', 'office')
      .where('owner_id', '=', officeId)
      .executeTakeFirstOrThrow();
    expect(account).toMatchObject({ balance_cents: 1_000_000 - Number(runs.cents), held_cents: 0 });
    const office = await db.selectFrom('offices').selectAll().where('id', '=', officeId).executeTakeFirstOrThrow();
    expect((await verifyAudit(context, office.organization_id)).brokenAtSeq).toBeUndefined();
  } finally {
    await app.close();
  }
}
