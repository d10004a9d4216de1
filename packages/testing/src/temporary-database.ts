import { randomUUID } from 'node:crypto';
import pg from 'pg';

/** A database of its own beside the one that a PostgreSQL address names; `options` end its `create database`. */
export async function temporaryDatabase(
  address: string,
  purpose: string,
  options = '',
): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `guildhall_${purpose}_${randomUUID().replaceAll('-', '')}`;
  await administer(address, `create database ${name} ${options}`);
  return {
    url: address.replace(/\/[^/?]*(\?|$)/, `/${name}$1`),
    drop: () => administer(address, `drop database if exists ${name} with (force)`),
  };
}

async function administer(address: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
