import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestApp, type Tenant, type TestApp } from '../../testing/test-app.ts';
import { askMemory } from '../memory/index.ts';
import type { Office } from '../offices/index.ts';
import {
  bytesOf,
  deleteFile,
  fileChanges,
  listFiles,
  listTrash,
  purgeTrash,
  putFile,
  restoreFile,
  storedBytes,
} from './index.ts';

let test: TestApp;
let tenant: Tenant;
let office: Office;

beforeAll(async () => {
  test = await openTestApp({ manualClock: true });
  tenant = await test.newTenant('drive');
  ({ office } = await test.newOffice(tenant));
});
afterAll(() => test.close());

async function put(name: string, content: string, expected?: string) {
  const blob = await test.house.blobs.put(bytesOf(content), 1_000_000);
  return putFile(tenant.context, office.id, { name, ...blob, expected });
}

it('of many conditional writers exactly one wins', async () => {
  const first = await put('contended.txt', 'start');
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, (_, index) => put('contended.txt', `writer ${index}`, first.sha256)),
  );
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
  for (const result of results)
    if (result.status === 'rejected')
      expect(result.reason).toMatchObject({ code: 'version_conflict', detail: { current_version: 2 } });
});

it('a search finds a file from the moment it is written, its new text after a new version, and nothing once it is gone', async () => {
  await put('plan.md', 'The budget for zebras is 40,000.');
  expect((await askMemory(tenant.context, office.id, 'what is the zebra budget?', 3)).hits[0]).toMatchObject({
    title: 'plan.md',
    text: expect.stringContaining('40,000'),
  });
  await put('plan.md', 'The budget for zebras is 55,000.');
  const { hits } = await askMemory(tenant.context, office.id, 'zebra budget', 3);
  expect(hits.map((hit) => hit.text).join()).not.toContain('40,000');
  await deleteFile(tenant.context, office.id, 'plan.md');
  expect((await askMemory(tenant.context, office.id, 'zebra budget', 3)).hits).toEqual([]);
});

it('the change feed tells uploads and deletions since a time, and asks for a refresh when it cannot', async () => {
  test.clock?.advance(6_000);
  const { serverAt } = await fileChanges(tenant.context, office.id, 0);
  test.clock?.advance(10);
  await put('a.txt', 'a');
  await deleteFile(tenant.context, office.id, 'a.txt');
  const { changes, fullRefresh } = await fileChanges(tenant.context, office.id, serverAt);
  expect(fullRefresh).toBe(false);
  expect(changes.map((change) => [change.type, change.name])).toEqual([
    ['upload', 'a.txt'],
    ['delete', 'a.txt'],
  ]);
});

it('what lies in the trash for too long is gone for good, and what was put back is not', async () => {
  await put('stays.txt', 'stays');
  await put('goes.txt', 'goes');
  await deleteFile(tenant.context, office.id, 'stays.txt');
  await deleteFile(tenant.context, office.id, 'goes.txt');
  await restoreFile(tenant.context, office.id, 'stays.txt');
  const before = await storedBytes(tenant.context, office.id);
  test.clock?.advance(test.house.limits.trashRetentionMs + 1);
  await purgeTrash(test.system, (test.clock?.now() ?? 0) - test.house.limits.trashRetentionMs);
  expect((await listTrash(tenant.context, office.id, { limit: 10 })).items).toEqual([]);
  expect((await listFiles(tenant.context, office.id, { limit: 100 })).items.map(({ name }) => name)).toContain(
    'stays.txt',
  );
  expect(await storedBytes(tenant.context, office.id)).toBeLessThanOrEqual(before - 4);
});

it('who follows the changes of many writers at once misses none, and is told of each for a moment only', async () => {
  const real = await openTestApp();
  try {
    const writer = await real.newTenant('writers');
    const { office: busy } = await real.newOffice(writer);
    const upload = async (name: string) => {
      const blob = await real.house.blobs.put(bytesOf(name), 100);
      await putFile(writer.context, busy.id, { name, ...blob, text: name });
    };
    let isWriting = true;
    const writing = Promise.all(
      [0, 1, 2, 3].map(async (who) => {
        for (let index = 0; index < 40; index++) await upload(`w${who}-${index}.txt`);
      }),
    ).finally(() => {
      isWriting = false;
    });
    const seen = new Set<string>();
    let since = 0;
    const look = async () => {
      const { changes, serverAt } = await fileChanges(writer.context, busy.id, since);
      for (const { name } of changes) seen.add(name);
      since = serverAt;
    };
    while (isWriting) {
      await look();
      // Reads of SQLite are synchronous: the writers want a turn too.
      await setImmediate();
    }
    await writing;
    await look();
    expect(seen.size).toBe(160);
  } finally {
    await real.close();
  }
  test.clock?.advance(6_000);
  const { serverAt } = await fileChanges(tenant.context, office.id, 0);
  expect((await fileChanges(tenant.context, office.id, serverAt)).changes).toEqual([]);
});

it('names are the same however they are composed', async () => {
  const composed = await put('caf\u00e9.txt', 'one');
  const decomposed = await put('cafe\u0301.txt', 'two');
  expect(decomposed.id).toBe(composed.id);
  expect(
    (await listFiles(tenant.context, office.id, { limit: 100 })).items.filter((file) => file.name.startsWith('caf')),
  ).toHaveLength(1);
});

it('the office of another tenant is not there', async () => {
  const stranger = await test.newTenant('stranger');
  await expect(listFiles(stranger.context, office.id, { limit: 1 })).rejects.toMatchObject({ code: 'not_found' });
  await expect(askMemory(stranger.context, office.id, 'zebra', 1)).rejects.toMatchObject({ code: 'not_found' });
});
