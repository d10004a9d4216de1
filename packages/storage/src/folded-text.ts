import { type QueryExecutorProvider, sql } from 'kysely';

/**
 * Makes two SQL functions on PostgreSQL. `folded(text)` is text without its case, whatever the order of the column or of the
 * database is, since `lower()` in the order of bytes knows ASCII only; SQLite has its own of that name (`sqlite-database.ts`).
 * `tripled(text)` is the same with each letter three times, so that an index of trigrams finds one letter and two as well.
 * They are immutable, so that an index may be built on them; therefore they are made once and never changed.
 */
export async function prepareFoldedText(db: QueryExecutorProvider): Promise<void> {
  const { rows } = await sql<{ hasFolded: boolean; hasTripled: boolean; collation: string }>`
    select to_regproc('folded') is not null as "hasFolded", to_regproc('tripled') is not null as "hasTripled",
      coalesce((select 'pg_catalog."und-x-icu"' from pg_collation where collname = 'und-x-icu' limit 1),
        'pg_catalog."default"') as collation`.execute(db);
  const [found] = rows;
  if (found?.hasFolded === false)
    await sql`create function folded(text) returns text language sql immutable strict parallel safe
      return lower($1 collate ${sql.raw(found.collation)})`.execute(db);
  if (found?.hasTripled === false)
    await sql`create function tripled(text) returns text language sql immutable strict parallel safe
      return regexp_replace(folded($1), '(.)', '\\1\\1\\1', 'g')`.execute(db);
}
