import { sql } from 'kysely';
import type { House } from '../domain/context/index.ts';

/** Whether the database answers. */
export async function isDatabaseUp(house: House): Promise<boolean> {
  try {
    await sql`select 1`.execute(house.engine.db);
    return true;
  } catch {
    return false;
  }
}
