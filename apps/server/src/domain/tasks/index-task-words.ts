import { type Engine, runInTransaction } from '@guildhall/storage';
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../../schema/index.ts';
import type { Context } from '../context/index.ts';

/** What a word is looked for in; on PostgreSQL the index is of this very expression. */
export const TASK_TEXT = sql<string>`(tasks.title || ${sql.lit('\n')} || tasks.description)`;

const TASKS_AT_ONCE = 200;
const TASKS_A_CALL = 5_000;

/**
 * Takes tasks that are new since the last time into the index of SQLite, so many at a time that nobody who writes waits for
 * long, and at most so many a call. The housekeeping does so, and a search first, so that it finds what was filed a moment ago.
 * Answers whether none is left.
 */
export async function indexTaskWords(context: Context, most: number = TASKS_A_CALL): Promise<boolean> {
  const { engine } = context.house;
  if (engine.kind === 'postgres') return true;
  for (let taken = 0; await areNew(context.db); taken += TASKS_AT_ONCE) {
    if (taken >= most) return false;
    if (context.db.isTransaction) await indexNext(context.db);
    else await runInTransaction(engine.db, indexNext);
  }
  return true;
}

async function areNew(db: Kysely<Tables>): Promise<boolean> {
  const next = await db.selectFrom('tasks_without_words').select('number').limit(1).executeTakeFirst();
  return next !== undefined;
}

async function indexNext(db: Kysely<Tables>): Promise<void> {
  await sql`insert into task_words (rowid, words, office, organization)
    select number, words, office, organization from tasks_without_words order by number limit ${TASKS_AT_ONCE}`.execute(
    db,
  );
}

/** Empties the index of SQLite, to be filled again: what was taken out of it is else there until its parts are merged. */
export async function forgetTaskWords({ db, house }: Context): Promise<void> {
  if (house.engine.kind === 'sqlite') await sql`insert into task_words (task_words) values ('delete-all')`.execute(db);
}

/**
 * How finely PostgreSQL samples the text. Of its hundred samples by itself a word that is in one task of 300 is in none or in
 * one, and with one it reads all tasks, newest first, instead of asking the index.
 */
const STATISTICS = 1_000;

const withShortWords = new WeakSet<object>();

/** Whether one letter, or two, are found by an index of PostgreSQL. */
export function findsShortWords({ house }: Context): boolean {
  return withShortWords.has(house.engine);
}

/**
 * Makes the indexes of PostgreSQL when the database offers pg_trgm and lets us switch it on, once; without them, a search reads
 * every task of the office. The second is for words that are shorter than a trigram. Writes of tasks wait while they are made.
 */
export async function prepareTaskWords(engine: Engine<Tables>): Promise<void> {
  const { db } = engine;
  if (engine.kind !== 'postgres') return;
  const { rows } = await sql<{ isThere: boolean; isOffered: boolean }>`
    select exists (select 1 from pg_attribute where attrelid = to_regclass('task_short_words') and attnum = 1
        and attstattarget = ${STATISTICS}) as "isThere",
      exists (select 1 from pg_available_extensions where name = 'pg_trgm') as "isOffered"`.execute(db);
  const [found] = rows;
  if (found?.isThere !== true) {
    if (found?.isOffered !== true) return;
    const isMade = await engine.withLock('guildhall:task-words', async () => {
      try {
        await sql`create extension if not exists pg_trgm`.execute(db);
      } catch {
        // It may be there and not be ours to switch on.
        return false;
      }
      await sql`create index if not exists task_words on tasks using gin (folded(${TASK_TEXT}) gin_trgm_ops)`.execute(
        db,
      );
      await sql`create index if not exists task_short_words on tasks using gin (tripled(${TASK_TEXT}) gin_trgm_ops)`.execute(
        db,
      );
      for (const index of ['task_words', 'task_short_words'])
        await sql`alter index ${sql.ref(index)} alter column 1 set statistics ${sql.lit(STATISTICS)}`.execute(db);
      return true;
    });
    if (!isMade) return;
  }
  withShortWords.add(engine);
}
