import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiClient, eventually, openTestDatabase } from '@guildhall/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fireAgent, hireAgent, updateAgent } from '../domain/agents/index.ts';
import { sendMessage } from '../domain/conversations/index.ts';
import { deleteFile, putFile } from '../domain/drive/index.ts';
import { deleteOffice } from '../domain/offices/index.ts';
import { claimNextRun } from '../domain/runs/index.ts';
import {
  acceptTask,
  changeTaskState,
  claimTask,
  completeTask,
  createTask,
  loadTask,
  returnOrphanedTasks,
  updateTask,
} from '../domain/tasks/index.ts';
import { startServerProcess } from '../testing/server-process.ts';
import { openTestApp, type Tenant, type TestApp } from '../testing/test-app.ts';

/** What an attack on an early version found, each as the test that would have caught it. */
let test: TestApp;
let tenant: Tenant;
let ops: ApiClient;

beforeAll(async () => {
  test = await openTestApp();
  tenant = await test.newTenant('regressions');
  ops = await ApiClient.open(test.url, '/api/docs/openapi.json');
});
afterAll(() => test.close());

const done = { result: 'ok', evidence: {} };

describe('under concurrency', () => {
  it('a task whose dependencies end at the same moment still starts', async () => {
    const { office } = await test.newOffice(tenant, 'aria');
    const scope = { organizationId: tenant.organizationId, officeId: office.id };
    for (let round = 0; round < 10; round++) {
      const parts = await Promise.all(
        [1, 2].map((part) => createTask(tenant.context, office.id, { title: `part ${part} of ${round}` })),
      );
      const ids = parts.map((part) => part.task.id);
      const { task } = await createTask(tenant.context, office.id, {
        title: `whole ${round}`,
        assignee: 'aria',
        dependsOn: ids,
      });
      const claims = await Promise.all(ids.map((id) => claimTask(tenant.context, scope, id, `w-${id}`)));
      await Promise.all(claims.map((claim) => completeTask(tenant.context, scope, claim.task.id, claim.fence, done)));
      const runs = await test.house.engine.db
        .selectFrom('runs')
        .select('id')
        .where('cause_id', 'like', `${task.id}/%`)
        .execute();
      expect([round, runs.length]).toEqual([round, 1]);
    }
  });

  it('a task that is filed while its dependency ends still starts', async () => {
    const { office } = await test.newOffice(tenant, 'aria');
    const scope = { organizationId: tenant.organizationId, officeId: office.id };
    for (let round = 0; round < 10; round++) {
      const first = await createTask(tenant.context, office.id, { title: `first ${round}` });
      const claim = await claimTask(tenant.context, scope, first.task.id, 'w');
      const [second] = await Promise.all([
        createTask(tenant.context, office.id, {
          title: `second ${round}`,
          assignee: 'aria',
          dependsOn: [first.task.id],
        }),
        completeTask(tenant.context, scope, first.task.id, claim.fence, done),
      ]);
      const runs = await test.house.engine.db
        .selectFrom('runs')
        .select('id')
        .where('cause_id', 'like', `${second.task.id}/%`)
        .execute();
      expect([round, runs.length]).toEqual([round, 1]);
    }
  });

  it('two changes of different fields are both kept', async () => {
    const { office } = await test.newOffice(tenant, 'aria');
    const scope = { organizationId: tenant.organizationId, officeId: office.id };
    for (let round = 0; round < 10; round++) {
      const { task } = await createTask(tenant.context, office.id, { title: 'before' });
      await Promise.all([
        updateTask(tenant.context, scope, task.id, { title: `t${round}` }),
        updateTask(tenant.context, scope, task.id, { description: `d${round}` }),
      ]);
      expect(await loadTask(tenant.context, scope, task.id, 'tasks:read')).toMatchObject({
        title: `t${round}`,
        description: `d${round}`,
      });
      await Promise.all([
        updateAgent(tenant.context, office.id, 'aria', { dailyCapCents: round }),
        updateAgent(tenant.context, office.id, 'aria', { role: `r${round}` }),
      ]);
      const agent = await test.house.engine.db
        .selectFrom('agents')
        .select(['daily_cap_cents', 'role'])
        .where('office_id', '=', office.id)
        .executeTakeFirst();
      expect(agent).toEqual({ daily_cap_cents: round, role: `r${round}` });
    }
  });

  it('a conditional deletion never deletes a newer version', async () => {
    const { office } = await test.newOffice(tenant);
    const put = async (text: string, expected?: string) => {
      const blob = await test.house.blobs.put(
        (async function* () {
          yield Buffer.from(text);
        })(),
        100,
      );
      return putFile(tenant.context, office.id, { name: 'race.txt', ...blob, expected });
    };
    for (let round = 0; round < 10; round++) {
      const { sha256 } = await put(`start ${round}`);
      const results = await Promise.allSettled([
        put(`next ${round}`, sha256),
        deleteFile(tenant.context, office.id, 'race.txt', sha256),
      ]);
      expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    }
  });
});

describe('rights', () => {
  it('who did the work does not accept it, also when nobody was assigned', async () => {
    const { office, agents } = await test.newOffice(tenant, 'bob');
    const [agent] = agents;
    if (agent === undefined) throw new Error('one agent was hired');
    const bob = await test.asAgent(agent);
    const scope = { organizationId: tenant.organizationId, officeId: office.id };
    const { task } = await createTask(tenant.context, office.id, { title: 'x', reviewer: 'bob' });
    const { fence } = await claimTask(bob, scope, task.id, `agent:${agent.id}`);
    await completeTask(bob, scope, task.id, fence, done);
    await expect(acceptTask(bob, scope, task.id, 'fine')).rejects.toMatchObject({ status: 403 });
  });

  it('a claim belongs to who holds it: its fence is no ticket for others', async () => {
    const { office, agents } = await test.newOffice(tenant, 'holder', 'thief');
    const [holder, thief] = await Promise.all(agents.map((agent) => test.asAgent(agent)));
    if (holder === undefined || thief === undefined) throw new Error('two agents were hired');
    const scope = { organizationId: tenant.organizationId, officeId: office.id };
    const { task } = await createTask(tenant.context, office.id, { title: 'held' });
    const held = await changeTaskState(holder, scope, task.id, { to: 'claimed' });
    for (const change of [
      { to: 'claimed' },
      { to: 'done', completion: done },
      { to: 'queued' },
      { to: 'blocked', reason: 'x' },
    ] as const) {
      await expect(
        changeTaskState(thief, scope, task.id, { ...change, fence: held.claim_fence }),
      ).rejects.toMatchObject({ status: expect.toSatisfy((status: number) => status === 409 || status === 403) });
    }
    expect((await changeTaskState(holder, scope, task.id, { to: 'claimed' })).claim_owner).toBe(held.claim_owner);
  });

  it('an agent reads nothing of what was said to another, in no list', async () => {
    const { office, agents } = await test.newOffice(tenant, 'told', 'curious');
    await sendMessage(tenant.context, office.id, { to: { name: 'told' }, content: 'the secret is xyzzy-42' });
    const curious = agents[1];
    if (curious === undefined) throw new Error('two agents were hired');
    const { issueKey } = await import('../domain/identity/index.ts');
    const { key } = await issueKey(tenant.context, {
      family: 'agent',
      name: 'x',
      organizationId: tenant.organizationId,
      agentId: curious.id,
    });
    const base = `/api/v1/offices/${office.id}`;
    const paths = [
      '/events',
      '/employees/told/activity',
      '/employees/told/logs',
      '/xmtp/conversations',
      '/xmtp/messages/told/user',
      '/tasks',
    ].map((path) => base + path);
    for (const path of [...paths, '/api/activity-log', '/api/search?q=secret']) {
      const answer = await fetch(test.url + path, { headers: { authorization: `Bearer ${key}` } });
      expect([path, (await answer.text()).includes('xyzzy')]).toEqual([path, false]);
    }
  });
});

describe('nothing gets stuck', () => {
  it('who is hired again under a name answers in its conversations', async () => {
    const { office } = await test.newOffice(tenant, 'again');
    await sendMessage(tenant.context, office.id, { to: { name: 'again' }, content: 'hello' });
    await fireAgent(tenant.context, office.id, 'again');
    await hireAgent(tenant.context, office.id, { name: 'again' });
    expect(
      (await sendMessage(tenant.context, office.id, { to: { name: 'again' }, content: 'hello' })).receiptIds,
    ).toHaveLength(1);
  });

  it('a task whose holder is gone goes back to the queue', async () => {
    const { office, agents } = await test.newOffice(tenant, 'leaver');
    const [agent] = agents;
    if (agent === undefined) throw new Error('one agent was hired');
    const scope = { organizationId: tenant.organizationId, officeId: office.id };
    const { task } = await createTask(tenant.context, office.id, { title: 'left behind', assignee: 'leaver' });
    await claimTask(await test.asAgent(agent), scope, task.id, `agent:${agent.id}`);
    await fireAgent(tenant.context, office.id, 'leaver');
    await returnOrphanedTasks(test.system);
    expect(await loadTask(tenant.context, scope, task.id, 'tasks:read')).toMatchObject({
      state: 'queued',
      assignee_id: null,
    });
  });

  it('raising the cap starts what waited for it', async () => {
    const { office } = await test.newOffice(tenant, 'capped');
    await updateAgent(tenant.context, office.id, 'capped', { dailyCapCents: 0 });
    const { message } = await sendMessage(tenant.context, office.id, { to: { name: 'capped' }, content: 'hi' });
    const claimAll = async () => {
      const causes: string[] = [];
      for (
        let run = await claimNextRun(test.system, 'w', 60_000);
        run !== undefined;
        run = await claimNextRun(test.system, 'w', 60_000)
      )
        causes.push(run.cause_id);
      return causes;
    };
    expect(await claimAll()).not.toContain(message.id);
    await updateAgent(tenant.context, office.id, 'capped', { dailyCapCents: 100 });
    expect(await claimAll()).toContain(message.id);
  });

  it('tasks of a deleted office are gone with it', async () => {
    const { office } = await test.newOffice(tenant);
    const { task } = await createTask(tenant.context, office.id, { title: 'x' });
    await deleteOffice(tenant.context, office.id);
    expect((await ops.call('GET', `/api/tasks/${task.number}`, { key: tenant.key })).status).toBe(404);
  });
});

describe('odd input', () => {
  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('a status called %s is none', async (word) => {
    expect((await ops.call('GET', `/api/tasks?status=${word}`, { key: tenant.key })).status).toBe(400);
  });

  it.each([
    { files: 'abc' },
    { files: {} },
    { files: [null] },
    { files: [{}] },
    { files: [{ name: 5 }] },
    { sources: 5 },
    { sources: {} },
  ])('evidence of the wrong shape is refused: %j', async (evidence) => {
    const task = await ops.call('POST', '/api/tasks', {
      key: tenant.key,
      body: { title: `evidence ${JSON.stringify(evidence)}`, verification_type: 'sources' },
    });
    const answer = await ops.call('PATCH', `/api/tasks/${task.body.data.id}`, {
      key: tenant.key,
      body: { status: 'done', completion_notes: 'x', completion_evidence: evidence },
    });
    expect(answer.status).toBe(400);
  });

  it('what is cut is cut between characters', async () => {
    const task = await ops.call('POST', '/api/tasks', { key: tenant.key, body: { title: 'emoji' } });
    const answer = await ops.call('PATCH', `/api/tasks/${task.body.data.id}`, {
      key: tenant.key,
      body: { status: 'done', completion_notes: `${'x'.repeat(499)}😀 tail` },
    });
    expect(answer.status).toBe(200);
  });

  it('search takes wildcards and umlauts as they stand', async () => {
    await ops.call('POST', '/api/tasks', { key: tenant.key, body: { title: 'fix my_file 50% Ärger' } });
    for (const query of ['my_file', '50%', 'ärger', 'ÄRGER']) {
      expect([
        query,
        (await ops.call('GET', `/api/tasks?q=${encodeURIComponent(query)}`, { key: tenant.key })).body.meta.total,
      ]).toEqual([query, 1]);
    }
    expect((await ops.call('GET', '/api/tasks?q=my-file', { key: tenant.key })).body.meta.total).toBe(0);
  });

  it.each([
    ['no boundary', 'multipart/form-data', 'abc'],
    ['no parts', 'multipart/form-data; boundary=x', 'abc'],
    [
      'broken off',
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhal',
    ],
    [
      'two files',
      'multipart/form-data; boundary=x',
      `${'--x\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhalf\r\n'.repeat(2)}--x--\r\n`,
    ],
    [
      'another name',
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="other"; filename="a.txt"\r\n\r\nhalf\r\n--x--\r\n',
    ],
  ])('a multipart body with %s is a 400, at once', async (_what, type, body) => {
    const { office } = await test.newOffice(tenant);
    const answer = await fetch(`${test.url}/api/v1/offices/${office.id}/files`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tenant.key}`, 'content-type': type },
      body,
    });
    expect(answer.status).toBe(400);
  });
});

describe('when there is no room', () => {
  it('507, and nothing half-written', async () => {
    const full = await openTestApp();
    try {
      const owner = await full.newTenant('full');
      const { office } = await full.newOffice(owner);
      const { engine } = full.house;
      const client = await ApiClient.open(full.url, '/api/v1/openapi.json');
      const count = async () => (await engine.db.selectFrom('tasks').select('id').execute()).length;
      if (engine.kind === 'sqlite') await sql`pragma max_page_count = 1`.execute(engine.db);
      // PostgreSQL has no such limit to set: a full disk is its error 53100, told by a trigger.
      else {
        await sql`create function no_room() returns trigger language plpgsql as $$ begin raise exception 'could not extend file' using errcode = '53100'; end $$`.execute(
          engine.db,
        );
        await sql`create trigger no_room before insert on audit_entries for each row execute function no_room()`.execute(
          engine.db,
        );
      }
      let status = 0;
      for (let index = 0; index < 200 && status !== 507; index++) {
        const before = await count();
        const answer = await fetch(`${full.url}/api/v1/offices/${office.id}/tasks`, {
          method: 'POST',
          headers: { authorization: `Bearer ${owner.key}`, 'content-type': 'application/json' },
          body: JSON.stringify({ title: `x${index}`, description: 'y'.repeat(5_000) }),
        });
        status = answer.status;
        expect(await count()).toBe(before + (status === 201 ? 1 : 0));
        if (status === 507)
          expect(await answer.json()).toMatchObject({ code: 'storage_full', mend: expect.stringContaining('disk') });
      }
      expect(status).toBe(507);
      expect((await client.call('GET', `/api/v1/offices/${office.id}`, { key: owner.key })).status).toBe(200);
    } finally {
      await full.close();
    }
  });

  it('a data folder that cannot be one is refused with what to do', async () => {
    const database = await openTestDatabase();
    const file = join(database.folder, 'a-file');
    await writeFile(file, 'x');
    await expect(startServerProcess({ ...database, folder: file })).rejects.toThrow(
      /exit 1: .*is a file.*GUILDHALL_DATA/s,
    );
    await expect(startServerProcess({ ...database, folder: join(file, 'below') })).rejects.toThrow(
      /exit 1: .*GUILDHALL_DATA/s,
    );
    await expect(startServerProcess({ ...database, folder: '/proc/guildhall-test' })).rejects.toThrow(
      /exit 1: .*cannot be made/s,
    );
    await eventually('the folder to be dropped', async () => {
      await database.drop();
      return true;
    });
  });
});
