import { type RawBuilder, type SqlBool, sql } from 'kysely';

/** Whether a column holds a text, whatever letters it has: `%` and `_` are letters here, capitals are not told apart. */
export function contains(column: RawBuilder<unknown>, text: string): RawBuilder<SqlBool> {
  const pattern = `%${text.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
  return sql<SqlBool>`lower(${column}) like ${pattern} escape '\\'`;
}
