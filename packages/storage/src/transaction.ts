import { setTimeout as delay } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';
import { isSerialisationFailure } from './database-errors.ts';

const ATTEMPTS_MAX = 6;

/** Runs `work` in one transaction; again, with a growing random pause, when another transaction won. `work` must be repeatable. */
export async function runInTransaction<Tables, Result>(
  db: Kysely<Tables>,
  work: (transaction: Transaction<Tables>) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      if (attempt === ATTEMPTS_MAX || !isSerialisationFailure(error)) throw error;
      await delay(Math.random() * 5 * 2 ** attempt);
    }
  }
}
