import { GuildhallError } from '@guildhall/kernel';
import { sql } from 'kysely';
import type { Context } from '../context/index.ts';

/** What a drive takes of the disk: all versions of its files, those in the trash among them. */
export async function storedBytes(context: Context, officeId: string): Promise<number> {
  const row = await context.db
    .selectFrom('drive_usage')
    .select('stored_bytes')
    .where('office_id', '=', officeId)
    .executeTakeFirst();
  return row?.stored_bytes ?? 0;
}

/** Adds to it (or takes away), in the transaction of the change. Throws `drive_full` past the house's limit. */
export async function countBytes(tx: Context, officeId: string, bytes: number): Promise<void> {
  const { stored_bytes } = await tx.db
    .insertInto('drive_usage')
    .values({ office_id: officeId, stored_bytes: bytes })
    .onConflict((conflict) =>
      conflict
        .column('office_id')
        .doUpdateSet({ stored_bytes: sql<number>`drive_usage.stored_bytes + ${sql.lit(bytes)}` }),
    )
    .returning('stored_bytes')
    .executeTakeFirstOrThrow();
  if (bytes > 0) refuseOver(tx, stored_bytes);
}

/** Refuses what would not fit before its bytes are read. */
export async function refuseWhatDoesNotFit(context: Context, officeId: string, bytes: number): Promise<void> {
  refuseOver(context, (await storedBytes(context, officeId)) + bytes);
}

function refuseOver(context: Context, stored: number): void {
  const { driveBytesMax } = context.house.limits;
  if (stored <= driveBytesMax) return;
  throw new GuildhallError('drive_full', {
    message: `The drive of the office would hold ${stored} bytes; ${driveBytesMax} are its limit.`,
    detail: { limit_bytes: driveBytesMax },
  });
}
