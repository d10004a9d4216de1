import { type Kysely, sql } from 'kysely';

/**
 * Makes the SQL function `folded(text)` on PostgreSQL: text without its case, whatever the order of the column or of the
 * database is, since `lower()` in the order of bytes knows ASCII only. SQLite has its own of that name (`sqlite-database.ts`).
 * It is immutable, so that an index may be built on it; therefore it is made once and never changed.
 */
export async function prepareFoldedText(db: Kysely<never>): Promise<void> {
  const { rows } = await sql<{ exists: boolean; collation: string }>`
    select to_regproc('folded') is not null as exists,
      coalesce((select 'pg_catalog."und-x-icu"' from pg_collation where collname = 'und-x-icu' limit 1),
        'pg_catalog."default"') as collation`.execute(db);
  const found = rows[0];
  if (found === undefined || found.exists) return;
  await sql`create function folded(text) returns text language sql immutable strict parallel safe
    return lower($1 collate ${sql.raw(found.collation)})`.execute(db);
}
