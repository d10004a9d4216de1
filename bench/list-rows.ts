import type { Engine } from '@guildhall/storage';
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../apps/server/src/schema/index.ts';

/** Where the rows are that others are copied from. */
export interface Place {
  base: string;
  office: string;
  task: string;
  agent: string;
  conversation: string;
  group: string;
  run: string;
}

/** The number of the copy, as twelve digits. */
const digits = 'substr(cast(1000000000000 + i as text), 2)';
const id = (kind: string) => `'01a30000-0000-7000-${kind}-' || ${digits}`;
const padded = 'substr(cast(1000000 + i as text), 2)';

/** Copies one row of each table that a list is made of `count` times, on either engine, past the house: no server may be running. */
export async function multiplyRows(engine: Engine<Tables>, place: Place, count: number): Promise<void> {
  const isPostgres = engine.kind === 'postgres';
  // Not all that a copy refers to is there, and nobody follows it.
  if (!isPostgres) await sql`pragma foreign_keys = off`.execute(engine.db);
  await engine.db.transaction().execute(async (tx) => {
    if (isPostgres) await sql`set local session_replication_role = replica`.execute(tx);
    await copyAll(tx, place, count);
  });
  // As the database's own upkeep does within a minute.
  if (isPostgres) await sql`vacuum analyze`.execute(engine.db);
}

async function copyAll(tx: Kysely<Tables>, place: Place, count: number): Promise<void> {
  const tables = await tx.introspection.getTables();
  const columnsOf = (table: string) =>
    (tables.find(({ name }) => name === table)?.columns ?? [])
      .map(({ name }) => name)
      .filter((name) => name !== 'number');
  const run = (statement: string) => sql.raw(statement).execute(tx);
  /** With other values in some of its columns, in which `i` is the number of the copy. */
  const copy = async (table: string, where: string, changes: Record<string, string>) => {
    const columns = columnsOf(table);
    const values = columns.map((name) => changes[name] ?? `t.${name}`);
    const { numAffectedRows } = await run(
      `with recursive n (i) as (select 1 union all select i + 1 from n where i < ${count})
       insert into ${table} (${columns.join(', ')})
       select ${values.join(', ')} from n, (select * from ${table} where ${where} limit 1) t`,
    );
    if (Number(numAffectedRows) !== count) throw new Error(`${table} has no row to copy: ${where}`);
  };
  const { office, task, conversation, group } = place;
  await copy('offices', `id = '${office}'`, { id: id('8001'), name: "'office ' || i" });
  await copy('agents', "name = 'far'", { id: id('8002'), name: "'agent-' || i" });
  await copy('tasks', "title = 'part'", {
    id: id('8003'),
    title: "'task ' || i",
    dedup_key: "'task ' || i",
    state: "case i % 3 when 0 then 'queued' when 1 then 'done' else 'blocked' end",
    assignee_id: `'${place.agent}'`,
  });
  await copy('task_comments', `task_id = '${task}'`, { id: id('8004') });
  await copy('task_artifacts', `task_id = '${task}'`, { id: id('8005'), path: "'https://example.org/copy/' || i" });
  await copy('conversations', `id = '${conversation}'`, { id: id('8006'), direct_key: "'admin-sdk\npeer-' || i" });
  for (const participant of ['admin-sdk', 'far'])
    await copy('conversation_members', `conversation_id = '${conversation}' and participant = '${participant}'`, {
      conversation_id: id('8006'),
    });
  await copy('conversations', `id = '${group}'`, { id: id('8007'), name: "'group ' || i" });
  await copy('conversation_members', `conversation_id = '${group}'`, { conversation_id: id('8007') });
  await copy('messages', `conversation_id = '${conversation}'`, { id: id('8008'), run_id: 'null' });
  await copy('messages', `conversation_id = '${group}'`, { id: id('8009'), run_id: 'null' });
  await copy('drive_files', "name = 'many/a.txt'", { id: id('800a'), name: `'many/' || ${padded} || '.txt'` });
  await copy('drive_files', "name = 'gone.txt'", { id: id('800b'), name: "'gone/' || i || '.txt'" });
  await copy('drive_folders', "path = 'folders/one'", { path: `'folders/' || ${padded}` });
  await copy('drive_versions', "file_id = (select id from drive_files where name = 'many/a.txt')", {
    version: 'i + 1',
  });
  await copy('callbacks', 'true', { id: id('800c') });
  await copy('invites', 'true', { id: id('800d'), code_hash: "'hash ' || i" });
  await copy('delegates', 'true', { agent_id: id('8002') });
  await copy('runs', `id = '${place.run}'`, { id: id('800e'), cause_id: "'copy ' || i" });
  await run(`insert into run_steps (run_id, seq, kind, name, arguments_hash, arguments, status, result, input_tokens,
    cached_input_tokens, output_tokens, cost_micros, started_at)
    values ('${place.run}', 0, 'note', 'x', '', '{}', 'done', '{}', 0, 0, 0, 0, 0)`);
  await copy('run_steps', `run_id = '${place.run}' and seq = 0`, { seq: 'i' });
  await run(`insert into approvals (id, organization_id, office_id, agent_id, run_id, call_id, tool, risk, arguments,
    arguments_hash, state, asked_at, expires_at)
    select 'a', organization_id, office_id, agent_id, id, 'c', 'x', 'local', '{}', '', 'expired', 0, 0
    from runs where id = '${place.run}'`);
  await copy('approvals', "id = 'a'", {
    id: id('800f'),
    call_id: "'call ' || i",
    state: "case i % 2 when 0 then 'pending' else 'expired' end",
    expires_at: '9000000000000',
  });
  await copy('env_vars', 'true', { key: "'VARIABLE_' || i" });
  await copy('schedules', 'true', { id: id('8010') });
  await copy('transfers', "kind = 'add'", { id: id('8011'), idempotency_key: "'copy ' || i" });
  const paid = "select id from transfers where kind = 'add' and idempotency_key not like 'copy %'";
  await copy('entries', `transfer_id = (${paid}) and account_id in (select id from accounts where kind = 'office')`, {
    transfer_id: id('8011'),
  });
  const stream = `(select organization_id from offices where id = '${office}')`;
  await copy('events', "type = 'task.commented'", {
    seq: `(select event_seq from streams where id = ${stream}) + i`,
    agent_id: `'${place.agent}'`,
  });
  await run(`update streams set event_seq = event_seq + ${count} where id = ${stream}`);
}
