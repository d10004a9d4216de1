import { setTimeout as delay } from 'node:timers/promises';
import { eventually, openTestDatabase, testEngineKind } from '@guildhall/testing';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { openApp } from './app.ts';
import { readConfig } from './config.ts';
import { verifyAudit } from './domain/audit/index.ts';
import { systemContext } from './domain/context/index.ts';
import { checkLedger } from './domain/credits/index.ts';
import { type ServerProcess, startServerProcess } from './testing/server-process.ts';

const MESSAGES = 200;
const TASKS = 200;
const KILLS = 20;
const AGENTS = ['ann', 'ben', 'cid', 'dot'];
const OWNER_KEY = 'mi_crash_test_owner_key_0001';

/** Random but repeatable: the seed is printed with a failure. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

it(`${KILLS} kills at random moments lose nothing and double nothing`, { timeout: 300_000 }, async () => {
  const seed = Date.now() % 1_000_000;
  const random = randomFrom(seed);
  const database = await openTestDatabase();
  // A dead worker's lease on PostgreSQL has to run out; on SQLite the next start knows that it is dead.
  const environment = {
    GUILDHALL_OWNER_KEY: OWNER_KEY,
    GUILDHALL_HIRE_LIMIT: '100',
    GUILDHALL_RUN_LEASE_MS: '1000',
    GUILDHALL_OFFICE_GRANT: '10000',
    GUILDHALL_AGENT_DAILY_CAP: '1000',
  };
  let server: ServerProcess = await startServerProcess(database, environment);
  let isUp = true;

  /** Calls until it is answered: with its idempotency key a request that was cut off may be sent again. */
  const call = async (method: string, path: string, body?: object, key?: string): Promise<Record<string, string>> =>
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
          if (response.status >= 500 || response.status === 409) return undefined;
          expect([response.status, path]).toEqual([expect.toSatisfy((status: number) => status < 300), path]);
          return (await response.json()) as Record<string, string>;
        } catch (error) {
          if (error instanceof TypeError || isUp === false) return undefined;
          throw error;
        }
      },
      60_000,
    );

  try {
    const { id: officeId } = await call('POST', '/api/v1/offices', { name: 'crash' }, 'office');
    for (const name of AGENTS) await call('POST', `/api/v1/offices/${officeId}/employees`, { name }, `hire-${name}`);
    const form = new FormData();
    form.append('file', new Blob(['one\ntwo\nthree\n']), 'notes.md');
    await fetch(`${server.url}/api/v1/offices/${officeId}/files`, {
      method: 'POST',
      headers: { authorization: `Bearer ${OWNER_KEY}` },
      body: form,
    });

    let sent = 0;
    let kills = 0;
    const load = (async () => {
      for (let index = 0; index < Math.max(MESSAGES, TASKS); index++) {
        const agent = AGENTS[index % AGENTS.length];
        await call(
          'POST',
          `/api/v1/offices/${officeId}/messages/send`,
          { to: agent, content: `remember that item ${index} is ready` },
          `message-${index}`,
        );
        await call(
          'POST',
          `/api/v1/offices/${officeId}/tasks`,
          { title: `count lines in notes.md, round ${index}`, assigned_to: agent },
          `task-${index}`,
        );
        sent = index + 1;
        // Spread over the kills, so that each of them meets work under way.
        while (sent > ((kills + 1) * MESSAGES) / KILLS) await delay(5);
      }
    })();
    while (kills < KILLS) {
      await delay(20 + random() * 350);
      isUp = false;
      await server.end('SIGKILL');
      server = await startServerProcess(database, environment);
      isUp = true;
      kills++;
    }
    await load;
    const stats = await eventually(
      `every task to end (seed ${seed})`,
      async () => {
        const now = (await call('GET', `/api/v1/offices/${officeId}/tasks/stats`)) as unknown as {
          total: number;
          completed: number;
        };
        const status = (await call('GET', `/api/v1/offices/${officeId}/status`)) as unknown as {
          runs: { waiting: number; running: number };
        };
        return now.completed === TASKS && status.runs.waiting + status.runs.running === 0 ? now : undefined;
      },
      120_000,
    );
    expect(stats.total).toBe(TASKS);
    expect(await server.end('SIGTERM')).toBe(0);
    await expectWhole(database, officeId ?? '', seed);
  } finally {
    if (server.child.exitCode === null && server.child.signalCode === null) await server.end('SIGKILL');
    await database.drop();
  }
});

/** Every task ended exactly once, every message has exactly one reply, the books balance, the audit chain holds. */
async function expectWhole(
  database: Awaited<ReturnType<typeof openTestDatabase>>,
  officeId: string,
  seed: number,
): Promise<void> {
  const config = readConfig({
    GUILDHALL_DATA: database.folder,
    GUILDHALL_RUN_CONCURRENCY: '0',
    GUILDHALL_LOG: 'silent',
    ...(database.databaseUrl === undefined ? {} : { DATABASE_URL: database.databaseUrl }),
  });
  const app = await openApp({ config, log: pino({ level: 'silent' }), version: 'test' });
  try {
    const { db } = app.house.engine;
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
    const questions = await db
      .selectFrom('messages')
      .select('id')
      .where('office_id', '=', officeId)
      .where('sender_kind', '=', 'user')
      .execute();
    const replies = await db
      .selectFrom('messages')
      .innerJoin('runs', 'runs.id', 'messages.run_id')
      .select('runs.cause_id')
      .where('messages.office_id', '=', officeId)
      .where('messages.sender_kind', '=', 'agent')
      .execute();
    expect(questions).toHaveLength(MESSAGES);
    expect(replies.map((reply) => reply.cause_id).sort()).toEqual(questions.map((question) => question.id).sort());
    // What was to be remembered is remembered once, although workers died in the middle of it.
    const memories = await db
      .selectFrom('memory_chunks')
      .innerJoin('memory_sources', 'memory_sources.number', 'memory_chunks.source')
      .innerJoin('memory_stores', 'memory_stores.number', 'memory_sources.store')
      .select('memory_chunks.body')
      .where('memory_stores.office_id', '=', officeId)
      .where('memory_sources.feed_key', '=', 'agent')
      .execute();
    expect([memories.length, new Set(memories.map((memory) => memory.body)).size]).toEqual([MESSAGES, MESSAGES]);
    const context = systemContext(app.house, 'test');
    expect(await checkLedger(context)).toEqual([]);
    const office = await db
      .selectFrom('offices')
      .select('organization_id')
      .where('id', '=', officeId)
      .executeTakeFirstOrThrow();
    expect((await verifyAudit(context, office.organization_id)).brokenAtSeq).toBeUndefined();
    const account = await db
      .selectFrom('accounts')
      .selectAll()
      .where('kind', '=', 'office')
      .where('owner_id', '=', officeId)
      .executeTakeFirstOrThrow();
    expect(account).toMatchObject({ balance_cents: 1_000_000 - MESSAGES * 1 - TASKS * 5, held_cents: 0 });
  } finally {
    await app.close();
  }
}

it('a second server on the same SQLite folder refuses to start, and the first goes on', {
  timeout: 60_000,
}, async () => {
  if (testEngineKind() === 'postgres') {
    // On PostgreSQL several servers share the records: two that start at once on an empty database both come up.
    const database = await openTestDatabase();
    const servers = await Promise.all(
      [1, 2, 3].map(() => startServerProcess(database, { GUILDHALL_OWNER_KEY: OWNER_KEY })),
    );
    for (const server of servers) expect((await fetch(`${server.url}/ready`)).status).toBe(200);
    for (const server of servers) expect(await server.end('SIGTERM')).toBe(0);
    await database.drop();
    return;
  }
  const database = await openTestDatabase();
  const first = await startServerProcess(database);
  await expect(startServerProcess(database)).rejects.toThrow(
    /exit 1: .*Another Guildhall server is using the data folder/,
  );
  expect((await fetch(`${first.url}/ready`)).status).toBe(200);
  expect(await first.end('SIGTERM')).toBe(0);
  await database.drop();
});
