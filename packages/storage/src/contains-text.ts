import { type Expression, type SqlBool, sql } from 'kysely';

/** Whether a column contains a text, whatever its case. What `LIKE` takes for wildcards is taken as it stands. */
export function containsText(column: Expression<string>, text: string): Expression<SqlBool> {
  const pattern = `%${text.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
  return sql<SqlBool>`lower(${column}) like ${pattern} escape '\\'`;
}
