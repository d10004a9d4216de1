import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '@guildhall/kernel';
import { eventually, openTestDatabase } from '@guildhall/testing';
import { type Kysely, sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import {
  DiskBlobStore,
  type Engine,
  lockDataFolder,
  type Migration,
  migrate,
  openEngine,
  prepareQuery,
  runInTransaction,
} from './index.ts';

interface Tables {
  things: { id: string; isGood: boolean; data: unknown };
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function openThings(): Promise<Engine<Tables>> {
  const database = await openTestDatabase('sqlite');
  const engine = await openEngine<Tables>({ sqlitePath: database.sqlitePath, sync: 'normal', poolSize: 2 });
  closing.push(database.drop, () => engine.close());
  await sql`create table things (id text primary key, "isGood" BOOLEAN not null, data JSON)`.execute(engine.db);
  return engine;
}

describe('the SQLite dialect', () => {
  it('gives booleans and JSON back as they went in, also under another name and from RETURNING', async () => {
    const { db } = await openThings();
    const written = await db
      .insertInto('things')
      .values({ id: 'a', isGood: true, data: { list: [1, { x: null }] } })
      .returningAll()
      .executeTakeFirst();
    expect(written).toEqual({ id: 'a', isGood: true, data: { list: [1, { x: null }] } });
    expect(await db.selectFrom('things').select(['isGood as good', 'data as value']).execute()).toEqual([
      { good: true, value: { list: [1, { x: null }] } },
    ]);
  });

  it('leaves nothing of what was deleted in the file, neither in a page nor in those that are free', async () => {
    const database = await openTestDatabase('sqlite');
    const engine = await openEngine<Tables>({ sqlitePath: database.sqlitePath, sync: 'normal', poolSize: 2 });
    const { db } = engine;
    await sql`create table things (id text primary key, "isGood" BOOLEAN not null, data JSON)`.execute(db);
    for (const [id, data] of Object.entries({
      small: 'xylophonic',
      large: 'quillfeather '.repeat(2_000),
      stays: 'heron',
    }))
      await db.insertInto('things').values({ id, isGood: true, data }).execute();
    await db.deleteFrom('things').where('id', '<>', 'stays').execute();
    await engine.close();
    const bytes = await readFile(database.sqlitePath, 'latin1');
    expect(['heron', 'xylophonic', 'quillfeather'].map((word) => bytes.includes(word))).toEqual([true, false, false]);
    await database.drop();
  });

  it('shows nobody the rows of an open transaction, and runs transactions one after the other', async () => {
    const { db } = await openThings();
    const order: string[] = [];
    const { promise: hold, resolve: release } = Promise.withResolvers<void>();
    const first = runInTransaction(db, async (transaction) => {
      await transaction.insertInto('things').values({ id: 'x', isGood: true, data: null }).execute();
      order.push('first wrote');
      await hold;
    });
    const second = runInTransaction(db, async (transaction) => {
      order.push(`second sees ${(await transaction.selectFrom('things').select('id').execute()).length}`);
    });
    await eventually('the first to have written', () => (order.length > 0 ? true : undefined));
    expect(await db.selectFrom('things').select('id').execute()).toEqual([]);
    release();
    await Promise.all([first, second]);
    expect(order).toEqual(['first wrote', 'second sees 1']);
  });

  it('keeps nothing of a transaction that throws', async () => {
    const { db } = await openThings();
    const failing = runInTransaction(db, async (transaction) => {
      await transaction.insertInto('things').values({ id: 'x', isGood: true, data: null }).execute();
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await db.selectFrom('things').select('id').execute()).toEqual([]);
  });

  it('commits transactions that arrive together as one, and takes out only those that throw', async () => {
    const { db } = await openThings();
    const write = (id: string) =>
      runInTransaction(db, async (transaction) => {
        await transaction.insertInto('things').values({ id, isGood: true, data: null }).execute();
        if (id === 'b') throw new Error('b is not wanted');
        // A row that an undone member wrote is not there for the ones after it.
        return (await transaction.selectFrom('things').select('id').orderBy('id').execute()).map((row) => row.id);
      });
    const ended = await Promise.allSettled(['a', 'b', 'c', 'a', 'd'].map(write));
    expect(ended.map((end) => (end.status === 'fulfilled' ? end.value : 'refused'))).toEqual([
      ['a'],
      'refused',
      ['a', 'c'],
      'refused',
      ['a', 'c', 'd'],
    ]);
    expect(await db.selectFrom('things').select('id').orderBy('id').execute()).toEqual([
      { id: 'a' },
      { id: 'c' },
      { id: 'd' },
    ]);
  });

  it('tells nobody that a transaction is kept before it is: when the group cannot be committed, every member fails', async () => {
    const { db } = await openThings();
    await sql`create table links (thing text references things(id) deferrable initially deferred)`.execute(db);
    const good = runInTransaction(db, (transaction) =>
      transaction.insertInto('things').values({ id: 'x', isGood: true, data: null }).execute(),
    );
    // A deferred constraint is only looked at by the commit: the nearest thing to a disk that fails there.
    const breaking = runInTransaction(db, (transaction) =>
      sql`insert into links values ('nobody')`.execute(transaction),
    );
    const ended = await Promise.allSettled([good, breaking]);
    expect(ended.map((end) => end.status)).toEqual(['rejected', 'rejected']);
    expect(await db.selectFrom('things').select('id').execute()).toEqual([]);
    await runInTransaction(db, (transaction) =>
      transaction.insertInto('things').values({ id: 'y', isGood: true, data: null }).execute(),
    );
    expect(await db.selectFrom('things').select('id').execute()).toEqual([{ id: 'y' }]);
  });

  it('closes only after what was written is committed', async () => {
    const database = await openTestDatabase('sqlite');
    closing.push(database.drop);
    const options = { sqlitePath: database.sqlitePath, sync: 'normal', poolSize: 2 } as const;
    const engine = await openEngine<Tables>(options);
    await sql`create table things (id text primary key, "isGood" BOOLEAN not null, data JSON)`.execute(engine.db);
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const writing = runInTransaction(engine.db, async (transaction) => {
      begin();
      await transaction.insertInto('things').values({ id: 'last', isGood: true, data: null }).execute();
    });
    await begun;
    await Promise.all([writing, engine.close()]);
    const again = await openEngine<Tables>(options);
    closing.push(() => again.close());
    expect(await again.db.selectFrom('things').select('id').execute()).toEqual([{ id: 'last' }]);
  });

  it('runs a prepared query with each call’s own values', async () => {
    const { db } = await openThings();
    const find = prepareQuery<Tables, { id: string }>()((on: Kysely<Tables>, parameter) =>
      on.selectFrom('things').select('id').where('id', '=', parameter('id')),
    );
    await db
      .insertInto('things')
      .values([
        { id: 'a', isGood: true, data: null },
        { id: 'b', isGood: false, data: null },
      ])
      .execute();
    expect(await find(db, { id: 'b' })).toEqual([{ id: 'b' }]);
    expect(await find(db, { id: 'a' })).toEqual([{ id: 'a' }]);
    expect(await find(db, { id: 'c' })).toEqual([]);
  });
});

describe('migrations', () => {
  const step = (name: string, ...statements: string[]): Migration => ({ name, statements: () => statements });

  it('apply once, in order; a changed or an unknown one is refused', async () => {
    const engine = await openThings();
    const one = step('0001_one', 'create table one (x integer)');
    expect(await migrate(engine, [one])).toEqual(['0001_one']);
    expect(await migrate(engine, [one, step('0002_two', 'alter table one add column y integer')])).toEqual([
      '0002_two',
    ]);
    await expect(migrate(engine, [step('0001_one', 'create table one (x text)')])).rejects.toThrow(
      /0001_one has changed|0002_two, which this version does not know/,
    );
    await expect(migrate(engine, [one])).rejects.toThrow('0002_two, which this version does not know');
  });

  it('leave nothing behind when a statement fails', async () => {
    const engine = await openThings();
    await expect(migrate(engine, [step('0001_bad', 'create table half (x integer)', 'nonsense')])).rejects.toThrow();
    expect(await sql`select name from sqlite_master where name = 'half'`.execute(engine.db)).toMatchObject({
      rows: [],
    });
  });
});

describe('blobs', () => {
  async function* bytes(...parts: (string | Error)[]): AsyncGenerator<Uint8Array> {
    for (const part of parts) {
      if (part instanceof Error) throw part;
      yield Buffer.from(part);
    }
  }

  async function openStore(): Promise<{ store: DiskBlobStore; folder: string }> {
    const database = await openTestDatabase('sqlite');
    closing.push(database.drop);
    const folder = join(database.folder, 'blobs');
    const store = new DiskBlobStore(folder);
    await store.open(Date.now());
    return { store, folder };
  }

  it('are named by their content, kept once, and read in parts', async () => {
    const { store, folder } = await openStore();
    const blob = await store.put(bytes('hello ', 'world'), 100);
    expect(blob).toEqual({ sha256: sha256Hex('hello world'), sizeBytes: 11 });
    expect(await store.put(bytes('hello world'), 100)).toEqual(blob);
    expect(Buffer.concat(await (await store.read(blob.sha256, { start: 6, end: 10 })).toArray()).toString()).toBe(
      'world',
    );
    expect((await readdir(folder)).sort()).toEqual([blob.sha256.slice(0, 2), 'incoming'].sort());
  });

  it('leave nothing when they are too large, or when the source breaks off', async () => {
    const { store, folder } = await openStore();
    await expect(store.put(bytes('12345', '67890'), 8)).rejects.toMatchObject({ code: 'payload_too_large' });
    await expect(store.put(bytes('123', new Error('gone')), 100)).rejects.toThrow('gone');
    expect(await readdir(join(folder, 'incoming'))).toEqual([]);
  });

  it('never follow a name that is no hash', async () => {
    const { store } = await openStore();
    await expect(store.read('../../etc/passwd')).rejects.toThrow('SHA-256');
  });

  it('sweep away what a crash left half-written long ago', async () => {
    const { store, folder } = await openStore();
    await writeFile(join(folder, 'incoming', 'half'), 'x');
    await store.open(Date.now() + 2 * 86_400_000);
    expect(await readdir(join(folder, 'incoming'))).toEqual([]);
  });
});

it('a data folder has one owner at a time', async () => {
  const database = await openTestDatabase('sqlite');
  closing.push(database.drop);
  const unlock = lockDataFolder(database.folder);
  expect(() => lockDataFolder(database.folder)).toThrow('Another Guildhall server');
  unlock();
  lockDataFolder(database.folder)();
});
