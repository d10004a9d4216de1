import { errors } from '@guildhall/kernel';
import { type Context, inTransaction, record } from '../context/index.ts';
import { loadOffice } from '../offices/index.ts';
import type { DriveFile } from './drive-store.ts';
import { countBytes } from './usage.ts';

const PURGED_AT_ONCE_MAX = 200;

/** Deletes what lies in the trash under a name for good, with all versions. Agents do not empty the trash. */
export async function purgeFile(context: Context, officeId: string, name: string): Promise<number> {
  return inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'files:write');
    if (tx.principal.kind === 'agent' || tx.principal.kind === 'order')
      throw errors.forbidden('files:write as a person');
    const deleted = await tx.db
      .selectFrom('drive_files')
      .selectAll()
      .where('office_id', '=', office.id)
      .where('name', '=', name.normalize('NFC'))
      .where('deleted_at', 'is not', null)
      .execute();
    if (deleted.length === 0) throw errors.notFound('deleted file', name);
    for (const file of deleted) await purge(tx, office, file);
    return deleted.length;
  });
}

/** Empties the trash of what was deleted before a time; a bounded number a call. The bytes go with the next sweep of the blobs. */
export async function purgeTrash(context: Context, beforeAt: number): Promise<number> {
  const old = await context.db
    .selectFrom('drive_files')
    .innerJoin('offices', 'offices.id', 'drive_files.office_id')
    .selectAll('drive_files')
    .select('offices.organization_id')
    .where('drive_files.deleted_at', '<', beforeAt)
    .orderBy('drive_files.deleted_at')
    .limit(PURGED_AT_ONCE_MAX)
    .execute();
  for (const { organization_id, ...file } of old)
    await inTransaction(context, (tx) => purge(tx, { id: file.office_id, organization_id }, file));
  return old.length;
}

async function purge(tx: Context, office: { id: string; organization_id: string }, file: DriveFile): Promise<void> {
  // Somebody may have put it back, or another process have been here.
  const gone = await tx.db
    .deleteFrom('drive_files')
    .where('id', '=', file.id)
    .where('deleted_at', 'is not', null)
    .returning('id')
    .executeTakeFirst();
  if (gone === undefined) return;
  const versions = await tx.db
    .deleteFrom('drive_versions')
    .where('file_id', '=', file.id)
    .returning('size_bytes')
    .execute();
  await tx.db.deleteFrom('file_permissions').where('file_id', '=', file.id).execute();
  await countBytes(tx, office.id, -versions.reduce((sum, { size_bytes }) => sum + size_bytes, 0));
  record(tx, {
    organizationId: office.organization_id,
    officeId: office.id,
    type: 'file.purged',
    subjectId: file.id,
    data: { name: file.name, versions: versions.length },
  });
}
