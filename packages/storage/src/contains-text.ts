import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely';

/** Whether a column contains a text, whatever its case. What `LIKE` takes for wildcards is taken as it stands. */
export function containsText(column: Expression<unknown>, text: string): RawBuilder<SqlBool> {
  const pattern = `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
  return sql<SqlBool>`folded(${column}) like folded(${pattern}) escape '\\'`;
}
