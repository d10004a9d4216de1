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
import { type App, openApp } from './app.ts';
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
/** Agents with little money and more work than it pays for. */
const THRIFTY_AGENTS = 3;
const THRIFTY_TASKS = 25;
const THRIFTY_CAP_CENTS = 12;
/** The most that is set aside for one call: its longest answer, and a long prompt. */
const CALL_CENTS_MAX = 6;
const THRIFTY_FIRST = 10_000;
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
    for (let index = 0; index < THRIFTY_AGENTS; index++) {
      const thrifty = { name: `thrifty-${index}`, modelTier: 'haiku', dailyCapCredits: THRIFTY_CAP_CENTS / 100 };
      await call('POST', `${base}/employees`, thrifty, `hire-thrifty-${index}`);
      for (let number = 0; number < THRIFTY_TASKS; number++) {
        const title = `spare report number ${THRIFTY_FIRST + index * 100 + number}`;
        await call('POST', `${base}/tasks`, { title, assigned_to: thrifty.name }, `thrifty-${index}-${number}`);
      }
    }
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
        const open = (await call('GET', `${base}/runs?status=queued,running&limit=200`)) as unknown as OpenRun[];
        const atWork = open.filter((run) => !isWithoutMoney(run));
        last = { stats, atWork };
        return Number(stats.completed) >= TASKS && atWork.length === 0 ? stats : undefined;
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

interface OpenRun {
  agent: string;
  waiting_for: string | null;
}

/** Whose money is used up waits for the next day; everybody else comes to an end. */
function isWithoutMoney({ agent, waiting_for }: OpenRun): boolean {
  return agent.startsWith('thrifty-') && waiting_for === 'budget_exhausted';
}

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

/** Whose work was worth more than its cap has worked for its money, and for no more than one call beyond it. */
async function expectWithinBudgets(db: App['house']['engine']['db'], officeId: string, seed: number): Promise<void> {
  const spent = await db
    .selectFrom('agent_spend')
    .innerJoin('agents', 'agents.id', 'agent_spend.agent_id')
    .select(['agents.name', 'agent_spend.spent_cents', 'agent_spend.held_cents'])
    .where('agents.office_id', '=', officeId)
    .where('agents.name', 'like', 'thrifty-%')
    .execute();
  expect([seed, spent.length]).toEqual([seed, THRIFTY_AGENTS]);
  for (const { name, spent_cents, held_cents } of spent) {
    expect(held_cents, name).toBe(0);
    expect(spent_cents, name).toBeGreaterThan(0);
    expect(spent_cents, name).toBeLessThanOrEqual(THRIFTY_CAP_CENTS + CALL_CENTS_MAX);
  }
  const refused = await db
    .selectFrom('events')
    .select('subject_id')
    .distinct()
    .where('office_id', '=', officeId)
    .where('type', '=', 'budget.exhausted')
    .execute();
  expect(refused).toHaveLength(THRIFTY_AGENTS);
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
      .innerJoin('tasks', 'tasks.id', 'events.subject_id')
      .select(['events.subject_id', 'tasks.title'])
      .where('events.office_id', '=', officeId)
      .where('events.type', '=', 'task.completed')
      .execute();
    const ended = new Set(endings.map((event) => event.subject_id));
    const ordinary = endings.filter(({ title }) => !title.startsWith('spare'));
    expect([ordinary.length, ended.size, seed]).toEqual([TASKS, endings.length, seed]);
    // The same bytes written again would be no new version: what counts is that no call was made twice.
    const files = await db
      .selectFrom('drive_files')
      .select(['name', 'version'])
      .where('office_id', '=', officeId)
      .execute();
    const ofOrdinary = files.filter(({ name }) => Number(/\d+/.exec(name)?.[0]) < THRIFTY_FIRST);
    expect([ofOrdinary.length, Math.max(...files.map((file) => file.version))]).toEqual([TASKS, 1]);
    await expectWithinBudgets(app.house.engine.db, officeId, seed);
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
