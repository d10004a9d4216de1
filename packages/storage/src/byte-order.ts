import { type QueryExecutorProvider, sql } from 'kysely';

/**
 * Lets text be ordered by its bytes, as SQLite does it: ids, names and ranges of names (`task.` to `task/`) are looked for by
 * that order, and a database whose own order is that of a language (the usual one of many installations) finds them elsewhere.
 * For every text column that still has the order of the database; does nothing where that is the order of bytes already.
 */
export async function orderByBytes(db: QueryExecutorProvider): Promise<void> {
  // In the order of every language `a` comes before `B`.
  const { rows } = await sql<{ byBytes: boolean }>`select 'B' < 'a' as "byBytes"`.execute(db);
  if (rows[0]?.byBytes === true) return;
  const { rows: columns } = await sql<{ table: string; column: string }>`
    select c.relname as "table", a.attname as "column"
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = current_schema() and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
      and a.atttypid = 'text'::regtype and a.attcollation = 'pg_catalog."default"'::regcollation
    order by c.relname, a.attnum`.execute(db);
  for (const [table, own] of Map.groupBy(columns, (row) => row.table)) {
    const changes = own.map(({ column }) => sql`alter column ${sql.id(column)} type text collate "C"`);
    await sql`alter table ${sql.id(table)} ${sql.join(changes)}`.execute(db);
  }
}
