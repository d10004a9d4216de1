import { errors } from '@guildhall/kernel';
import { principalName } from '../access/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { forgetDriveFile, indexDriveFile, readContent } from '../memory/index.ts';
import { loadOffice } from '../offices/index.ts';
import { fileName, lockFile, refuseSkills, refuseUnwritable } from './drive.ts';
import { type DriveFile, findFile, loadFile } from './drive-store.ts';
import { copyPermissions, guardedBefore } from './file-access.ts';
import { folderOf, keepFoldersAbove } from './folder-store.ts';
import { mediaTypeOf } from './media-type.ts';

/** Gives a file another name or folder: its versions and permissions go along. Throws `name_taken`. */
export async function moveFile(context: Context, officeId: string, from: string, to: string): Promise<DriveFile> {
  const name = fileName(to);
  const seen = await loadFile(context, officeId, from, 'files:write');
  const content = await readContent(context, name, { sha256: seen.sha256, sizeBytes: seen.size_bytes });
  return inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'files:write');
    const file = await lockFile(tx, office.id, from);
    if (file === undefined || file.sha256 !== seen.sha256) throw errors.conflict(`"${from}" was changed meanwhile.`);
    refuseSkills(tx, file.name);
    refuseSkills(tx, name);
    await refuseUnwritable(tx, file);
    if (name === file.name) return file;
    if ((await findFile(tx, office.id, name)) !== undefined) throw errors.nameTaken('a file', name);
    const guarded = file.is_restricted ? undefined : await guardedBefore(tx, office.id, name);
    if (guarded !== undefined) {
      await refuseUnwritable(tx, guarded);
      await copyPermissions(tx, guarded.id, file.id);
    }
    const moved = await tx.db
      .updateTable('drive_files')
      .set({
        name,
        folder: folderOf(name),
        media_type: mediaTypeOf(name),
        is_restricted: file.is_restricted || guarded !== undefined,
        updated_at: tx.house.clock.now(),
      })
      .where('id', '=', file.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    await keepFoldersAbove(tx, office.id, name);
    await forgetDriveFile(tx, file);
    await indexDriveFile(tx, office, moved, content);
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      type: 'file.moved',
      subjectId: file.id,
      data: { name, from: file.name, version: file.version, by: principalName(tx.principal) },
    });
    return moved;
  });
}
