import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestApp, type Tenant, type TestApp } from '../../testing/test-app.ts';
import { inTransaction } from '../context/index.ts';
import { acceptTransfer, offerOffice } from '../office-transfers/index.ts';
import type { Office } from '../offices/index.ts';
import { createTask, deleteTask, forgetTaskWords, indexTaskWords, listTasks, updateTask } from './index.ts';
import { containsTripled } from './task-words.ts';

/** More than are read without asking the index. */
const OTHERS = 600;

let test: TestApp;
let tenant: Tenant;
let office: Office;

beforeAll(async () => {
  test = await openTestApp();
  tenant = await test.newTenant('words');
  ({ office } = await test.newOffice(tenant));
  await file(office, ...Array.from({ length: OTHERS }, () => ({ title: '...' })));
});

afterAll(() => test.close());

async function file(place: Office, ...tasks: { title: string; description?: string }[]): Promise<string[]> {
  const made: string[] = [];
  for (const task of tasks) made.push((await createTask(tenant.context, place.id, task)).task.id);
  return made;
}

/** The titles of all that a search finds, page by page. */
async function found(text: string, place: Office | undefined = office): Promise<string[]> {
  const scope = { organizationId: tenant.organizationId, officeId: place?.id };
  const titles: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listTasks(tenant.context, scope, { text }, { limit: 7, cursor });
    titles.push(...page.items.map(({ title }) => title));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return titles;
}

it('finds whatever stands anywhere in title or description, newest first, as reading all of them does', async () => {
  const { office: own } = await test.newOffice(tenant);
  const letter = fc.constantFrom(...'aAbäÄ字文😀"%_\\-*:ςΣσſsİıᲐა');
  const word = fc.string({ unit: letter, minLength: 1, maxLength: 6 });
  const text = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' '));
  const tasks = fc.sample(fc.record({ title: text, description: text }), { numRuns: OTHERS, seed: 5 });
  await file(own, ...tasks);
  const newestFirst = tasks.toReversed();
  await fc.assert(
    fc.asyncProperty(text, async (search) => {
      const words = search.toLowerCase().split(' ');
      const holds = ({ title, description }: { title: string; description: string }) =>
        words.every((part) => `${title}\n${description}`.toLowerCase().includes(part));
      expect(await found(search, own)).toEqual(newestFirst.filter(holds).map(({ title }) => title));
    }),
    { numRuns: 60 },
  );
});

it('knows a task the moment it is filed, by its new words once it is changed, and no longer once it is deleted', async () => {
  const [id = ''] = await file(office, { title: 'Feed the heron', description: 'Fish, at NOON.' });
  expect(await found('heron')).toEqual(['Feed the heron']);
  expect(await found('noon fish')).toEqual(['Feed the heron']);
  await updateTask(tenant.context, { organizationId: tenant.organizationId, officeId: office.id }, id, {
    title: 'Feed the walrus',
  });
  expect(await found('heron')).toEqual([]);
  expect(await found('walrus')).toEqual(['Feed the walrus']);
  await deleteTask(tenant.context, { organizationId: tenant.organizationId, officeId: office.id }, id);
  expect(await found('walrus')).toEqual([]);
});

it('goes along when an office changes hands, and does without the index while that is far behind', async () => {
  const { office: given } = await test.newOffice(tenant);
  await file(given, ...Array.from({ length: OTHERS }, (_, number) => ({ title: `quokka ${number}` })));
  await indexTaskWords(test.system);
  const taker = await test.newTenant('taker');
  await offerOffice(tenant.context, given.id, taker.principal.userId);
  await acceptTransfer(taker.context, given.id);
  const theirs = { organizationId: taker.organizationId };
  expect((await listTasks(taker.context, theirs, { text: 'quokka' }, { limit: 5 })).items).toHaveLength(5);
  await inTransaction(test.system, (tx) => forgetTaskWords(tx));
  const late = await listTasks(taker.context, theirs, { text: 'quokka 599' }, { limit: 5 });
  expect(late.items.map(({ title }) => title)).toContain('quokka 599');
  if (test.house.engine.kind === 'sqlite') expect(await indexTaskWords(test.system, 200)).toBe(false);
});

it('of another office only where the whole organisation is asked for', async () => {
  const { office: other } = await test.newOffice(tenant);
  await file(other, { title: 'Count the puffins' });
  expect(await found('puffins')).toEqual([]);
  expect(await found('puffins', other)).toEqual(['Count the puffins']);
  const scope = { organizationId: tenant.organizationId };
  expect((await listTasks(tenant.context, scope, { text: 'puffins' }, { limit: 5 })).items).toHaveLength(1);
  const stranger = await test.newTenant('stranger');
  const theirs = { organizationId: stranger.organizationId };
  expect((await listTasks(stranger.context, theirs, { text: 'puffins' }, { limit: 5 })).items).toEqual([]);
});

/** How PostgreSQL would look for a word, when it may not read everything. */
async function explained(word: string): Promise<string> {
  const { db } = test.house.engine;
  return db.connection().execute(async (connection) => {
    await sql`set enable_seqscan = off`.execute(connection);
    const { rows } = await sql<
      Record<string, string>
    >`explain select number from tasks where ${containsTripled(word)}`.execute(connection);
    await sql`reset enable_seqscan`.execute(connection);
    return rows.map((row) => Object.values(row).join(' ')).join('\n');
  });
}

it('asks the index, and an index that was emptied fills itself again', async () => {
  const { db, kind } = test.house.engine;
  await file(office, { title: 'Mend the lantern' });
  expect(await found('lantern')).toEqual(['Mend the lantern']);
  if (kind === 'postgres') {
    const { rows } = await sql<{ definition: string }>`
      select indexdef as definition from pg_indexes where indexname = 'task_words'`.execute(db);
    expect(rows[0]?.definition).toContain('gin_trgm_ops');
    for (const word of ['zq', 'z', '%_', '字']) expect(await explained(word)).toContain('task_short_words');
    // As in a database that does not offer the extension.
    await sql`drop index task_words`.execute(db);
    expect(await found('lantern')).toEqual(['Mend the lantern']);
    return;
  }
  await file(office, { title: 'later' });
  await indexTaskWords(test.system);
  await sql`delete from task_words where rowid = (select number from tasks where title = 'Mend the lantern')`.execute(
    db,
  );
  expect(await found('lantern')).toEqual([]);
  await inTransaction(test.system, (tx) => forgetTaskWords(tx));
  expect((await sql`select term from task_word_terms`.execute(db)).rows).toEqual([]);
  expect(await found('lantern')).toEqual(['Mend the lantern']);
});
