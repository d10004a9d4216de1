import { containsText } from '@guildhall/storage';
import { type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from 'kysely';
import type { Tables } from '../../schema/index.ts';
import type { Context } from '../context/index.ts';
import { findsShortWords, indexTaskWords, TASK_TEXT } from './index-task-words.ts';

/** Tasks by what stands in them: every word anywhere in title or description, whatever its case. */

const WORDS_MAX = 8;
/** The index knows what is as long as this. */
const TERM_CHARS = 3;
/** A shorter word is looked for by all that begin with it; where so many do, it is common, and soon found without. */
const TERMS_MAX = 100;
/** So many tasks are read sooner than an index is asked that knows those of everybody. */
const FEW_TASKS = 500;

/** So many that are new a search takes into the index itself. */
const NEW_TASKS_MAX = 1_000;

export type TaskQuery = SelectQueryBuilder<Tables, 'tasks', object>;

/** The words of a search, the first eight. */
export function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter(Boolean).slice(0, WORDS_MAX);
}

/**
 * The tasks that `narrowed` leaves and that hold all words. `number` is the column to order and to page by: on SQLite that of
 * the index where it is asked first, which then stops at the end of the page.
 */
export async function withWords(
  context: Context,
  place: { organizationId: string; officeId?: string },
  words: readonly string[],
  narrowed: (query: TaskQuery) => TaskQuery,
): Promise<{ query: TaskQuery; number: RawBuilder<number> }> {
  const { db } = context;
  const plain = narrowed(db.selectFrom('tasks'));
  const withoutIndex = { query: holding(context, plain, words), number: sql.ref<number>('tasks.number') };
  if (words.length === 0 || context.house.engine.kind === 'postgres' || (await areFew(context, plain)))
    return withoutIndex;

  // Far behind, as after an office was erased, it is done without until the housekeeping has caught up.
  if (!(await indexTaskWords(context, NEW_TASKS_MAX))) return withoutIndex;
  const terms = await Promise.all(words.map((word) => termsOf(context, word.toLowerCase())));
  const known = terms.filter((any) => any !== undefined);
  if (known.length === 0) return withoutIndex;
  const rare: string[][] = [];
  for (const any of known) if (await isRare(context, any)) rare.push(any);
  // Where the few tasks with a rare word are read, the lists of what is common need not be walked beside them.
  const asked = rare.length > 0 ? rare : known;
  const match = [...(rare.length > 0 ? [] : [endOf(place)]), ...asked.map(anyOf)].join(' AND ');
  // A cross join keeps this order on SQLite: the index leads, newest first, and each task is fetched by its number.
  const found: TaskQuery = db
    .selectFrom('task_words')
    .crossJoin('tasks')
    .whereRef('tasks.number', '=', 'task_words.rowid')
    .where(sql<boolean>`task_words match ${match}`);
  const unasked = words.filter((_, index) => !asked.some((any) => any === terms[index]));
  return { query: holding(context, narrowed(found), unasked), number: sql.ref('task_words.rowid') };
}

function holding(context: Context, query: TaskQuery, words: readonly string[]): TaskQuery {
  return words.reduce((narrow, word) => {
    const isShort = [...word].length < TERM_CHARS && findsShortWords(context);
    return narrow.where(isShort ? containsTripled(word) : containsText(TASK_TEXT, word));
  }, query);
}

/** As `containsText`, for the index that knows a word of one letter or two. */
export function containsTripled(word: string) {
  return sql<SqlBool>`tripled(${TASK_TEXT}) like
    ('%' || regexp_replace(tripled(${word}), '([\\\\%_])', '\\\\\\1', 'g') || '%')`;
}

async function areFew({ db }: Context, query: TaskQuery): Promise<boolean> {
  const some = query.select('tasks.number').limit(FEW_TASKS + 1);
  const { count } = await db
    .selectFrom(some.as('some'))
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count) <= FEW_TASKS;
}

/** What the index is asked for when a word without its case is looked for, any of it; undefined when that is too much. */
async function termsOf({ db }: Context, word: string): Promise<string[] | undefined> {
  if ([...word].length >= TERM_CHARS) return [word];
  const rows = await db
    .selectFrom('task_word_terms')
    .select('term')
    .where('term', '>=', word)
    .where('term', '<', `${word}\u{10ffff}`)
    .limit(TERMS_MAX + 1)
    .execute();
  if (rows.length > TERMS_MAX) return undefined;
  // With none it stands for itself, and nothing is found.
  return rows.length === 0 ? [word] : rows.map(({ term }) => term);
}

/** Whether so few tasks of the house hold it that each may be read. For many terms that takes as long as it could save. */
async function isRare({ db }: Context, any: readonly string[]): Promise<boolean> {
  if (any.length > 1) return false;
  const { rows } = await sql`select 1 from task_words where task_words match ${anyOf(any)}
    order by rowid desc limit 1 offset ${FEW_TASKS}`.execute(db);
  return rows.length === 0;
}

/** In the words of FTS5. */
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
const anyOf = (words: readonly string[]) => `words : (${words.map(quoted).join(' OR ')})`;

/** The end of the id narrows a search to the place, and what else ends so is left out by the query. */
function endOf({ organizationId, officeId }: { organizationId: string; officeId?: string }): string {
  return officeId === undefined
    ? `organization : ${quoted(organizationId.slice(-TERM_CHARS))}`
    : `office : ${quoted(officeId.slice(-TERM_CHARS))}`;
}
