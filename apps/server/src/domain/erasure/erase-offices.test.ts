import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient } from '@guildhall/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestApp, type Tenant, type TestApp } from '../../testing/test-app.ts';
import { indexTaskWords } from '../tasks/index.ts';
import { eraseClosedOffices, OF_OFFICE } from './erase-offices.ts';

let test: TestApp;
let tenant: Tenant;
let api: ApiClient;

beforeAll(async () => {
  test = await openTestApp({ manualClock: true });
  tenant = await test.newTenant('closing');
  api = await ApiClient.open(test.url, '/api/v1/openapi.json');
});
afterAll(() => test.close());

/** What the books and the record keep. */
const KEPT = ['events', 'audit_entries', 'accounts', 'transfers', 'entries', 'streams', 'idempotency_keys'];

async function everyRow(): Promise<Map<string, string[]>> {
  const { db, kind } = test.house.engine;
  const names =
    kind === 'sqlite'
      ? sql<{ name: string }>`select name from sqlite_master where type = 'table'`
      : sql<{ name: string }>`select table_name as name from information_schema.tables where table_schema = 'public'`;
  const rows = new Map<string, string[]>();
  for (const { name } of (await names.execute(db)).rows) {
    // The parts of an index, which is asked below for what it knows.
    if (name.startsWith('task_words')) continue;
    const all = await sql`select * from ${sql.table(name)}`.execute(db);
    rows.set(
      name,
      all.rows.map((row) => JSON.stringify(row)),
    );
  }
  return rows;
}

/** Where the index of SQLite has these letters in its bytes, also where it no longer counts them. */
async function blocksWith(letters: string): Promise<unknown[]> {
  const { rows } = await sql`select id from task_words_data where instr(block, cast(${letters} as blob)) > 0`.execute(
    test.house.engine.db,
  );
  return rows;
}

/** An office in which something of everything happened. */
async function furnished() {
  const { office, agents } = await test.newOffice(tenant, 'aria', 'bo');
  const base = `/api/v1/offices/${office.id}`;
  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await api.call(method, `${base}${path}`, {
      key: tenant.key,
      ...(body === undefined ? {} : { body }),
    });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const file = new FormData();
  file.set('file', new Blob(['The tide is high.']), 'notes.md');
  await call('POST', '/files', file);
  await call('PUT', '/files/notes.md/permissions', [{ agent_name: 'bo', access: 'none' }]);
  await call('POST', '/files/_folders', { path: 'drawer' });
  const first = await call('POST', '/tasks', { title: 'first', assigned_to: 'bo', requiredTools: [] });
  await call('POST', '/tasks', { title: 'second', dependsOn: String(first.number) });
  await call('POST', `/tasks/${first.id}/comments`, { body: 'Soon.' });
  await call('POST', `/tasks/${first.id}/artifacts`, { path: 'notes.md' });
  await call('POST', '/xmtp/send', { agent_id: 'aria', content: 'Good morning.' });
  await call('POST', '/xmtp/groups', { name: 'crew', members: ['aria', 'bo'] });
  await call('POST', '/cortex/v1/remember', { text: 'Runa sails on Friday.', kind: 'insight' });
  await call('PUT', '/env', { PLACE: 'x' });
  await call('PUT', '/secrets/word', { value: 'hidden' });
  await call('POST', '/integrations/github/secret', { key: 'gh-secret' });
  await call('POST', '/integrations/github/agents/aria', { enabled: true });
  await call('POST', '/delegates/bo', { permissions: ['agents:write'] });
  await call('POST', '/callbacks/pod-event', { type: 'pod.ready' });
  await call('POST', '/invites', {});
  await call('POST', '/schedules', { agent: 'aria', prompt: 'look', every_seconds: 3_600 });
  await call('POST', '/employees/aria/credentials/rotate', {});
  await call('POST', '/rotate-secret');
  await call('POST', '/credits', { amount: 5, reason: 'test' });
  await test.house.openWorkspace(agents[0]?.id ?? '');
  return { office, agents };
}

it('an office that was closed 30 days ago is erased with all that was in it, and no other', async () => {
  const closed = await furnished();
  const open = await furnished();
  const secret = { title: 'Xylophone' };
  const filed = await api.call('POST', `/api/v1/offices/${closed.office.id}/tasks`, { key: tenant.key, body: secret });
  expect(filed.status).toBe(201);
  await indexTaskWords(test.system);
  if (test.house.engine.kind === 'sqlite') expect(await blocksWith('xyl')).not.toEqual([]);
  const folder = join(test.database.folder, 'workspaces', closed.agents[0]?.id ?? '');
  expect(existsSync(folder)).toBe(true);
  const close = await api.call('DELETE', `/api/v1/offices/${closed.office.id}`, { key: tenant.key });
  expect(close.status).toBe(204);
  const listed = await api.call('GET', '/api/v1/offices?closed=true', { key: tenant.key });
  expect(listed.body).toMatchObject([
    { id: closed.office.id, closed_at: expect.any(String), erased_at: expect.any(String) },
  ]);
  expect((await api.call('GET', '/api/v1/offices', { key: tenant.key })).body).toMatchObject([{ id: open.office.id }]);
  test.clock?.advance(29 * 86_400_000);
  await eraseClosedOffices(test.system);
  expect((await api.call('POST', `/api/v1/offices/${closed.office.id}/restore`, { key: tenant.key })).status).toBe(200);
  await api.call('DELETE', `/api/v1/offices/${closed.office.id}`, { key: tenant.key });
  const ofTheOpen = (rows: Map<string, string[]>) =>
    [...rows].flatMap(([table, all]) =>
      all.filter((row) => row.includes(open.office.id)).map((row) => `${table}: ${row}`),
    );
  const before = ofTheOpen(await everyRow());
  test.clock?.advance(30 * 86_400_000);
  // It is stopped on the way as often as one likes.
  for (let call = 0; call < 5; call++) await eraseClosedOffices(test.system);
  const after = await everyRow();
  const traces = [closed.office.id, ...closed.agents.map(({ id }) => id)];
  const left = [...after].flatMap(([table, rows]) =>
    KEPT.includes(table)
      ? []
      : rows.filter((row) => traces.some((id) => row.includes(id))).map((row) => `${table}: ${row}`),
  );
  expect(left).toEqual([]);
  if (test.house.engine.kind === 'sqlite') {
    expect(await blocksWith('xyl')).toEqual([]);
  }
  // The house is at work meanwhile: there may be more, and is nothing less.
  const tables = (rows: string[]) => [...new Set(rows.map((row) => row.split(':')[0]))].sort();
  expect(tables(ofTheOpen(after))).toEqual(expect.arrayContaining(tables(before)));
  expect(ofTheOpen(after).length).toBeGreaterThanOrEqual(before.length);
  expect(existsSync(folder)).toBe(false);
  expect(after.get('memory_stores')).toHaveLength(1);
  expect(after.get('drive_versions')).toHaveLength(1);
  const erased = after.get('events')?.filter((row) => row.includes('"office.erased"'));
  expect(erased).toHaveLength(1);
  expect((await api.call('POST', `/api/v1/offices/${closed.office.id}/restore`, { key: tenant.key })).status).toBe(404);
});

it('knows every table that names an office', async () => {
  const { db, kind } = test.house.engine;
  const columns =
    kind === 'sqlite'
      ? sql<{
          name: string;
        }>`select m.name from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table' and c.name = 'office_id'`
      : sql<{ name: string }>`select table_name as name from information_schema.columns
          where table_schema = 'public' and column_name = 'office_id'`;
  const tables = (await columns.execute(db)).rows.map(({ name }) => name).sort();
  // Agents with their accounts go one by one, memories by the memory itself; the log is kept.
  expect(tables).toEqual([...OF_OFFICE, 'agents', 'channel_accounts', 'events', 'memory_stores'].sort());
});
