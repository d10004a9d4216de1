import { decodeCursor, errors, type Page, type PageRequest, pageOf } from '@guildhall/kernel';
import { type Context, inTransaction, record } from '../context/index.ts';
import { indexDriveFile, readContent } from '../memory/index.ts';
import { loadOffice } from '../offices/index.ts';
import { refuseSkills } from './drive.ts';
import { type DriveFile, findFile, loadFile } from './drive-store.ts';
import { accessOf, isReadableBy, readerOf } from './file-access.ts';
import { keepFoldersAbove } from './folder-store.ts';

export interface FileVersion {
  version: number;
  sha256: string;
  sizeBytes: number;
  writtenBy: string;
  at: number;
}

/** The versions of a file, newest first. */
export async function listVersions(
  context: Context,
  officeId: string,
  name: string,
  page: PageRequest,
): Promise<Page<FileVersion>> {
  const file = await loadFile(context, officeId, name, 'files:read');
  let query = context.db
    .selectFrom('drive_versions')
    .selectAll()
    .where('file_id', '=', file.id)
    .orderBy('version', 'desc')
    .limit(page.limit + 1);
  if (page.cursor !== undefined) query = query.where('version', '<', decodeCursor(page.cursor, 'number')[0]);
  const versions = (await query.execute()).map((row) => ({
    version: row.version,
    sha256: row.sha256,
    sizeBytes: row.size_bytes,
    writtenBy: row.written_by,
    at: row.at,
  }));
  return pageOf(versions, page.limit, ({ version }) => [version]);
}

/** One version of a file: the file, with the content that it had. */
export async function loadVersion(
  context: Context,
  officeId: string,
  name: string,
  version: number,
): Promise<DriveFile> {
  const file = await loadFile(context, officeId, name, 'files:read');
  const row = await context.db
    .selectFrom('drive_versions')
    .selectAll()
    .where('file_id', '=', file.id)
    .where('version', '=', version)
    .executeTakeFirst();
  if (row === undefined) throw errors.notFound('version', `${name}, ${version}`);
  return { ...file, version, sha256: row.sha256, size_bytes: row.size_bytes, updated_at: row.at };
}

/** The files that were taken off the drive, the last ones first. */
export async function listTrash(context: Context, officeId: string, page: PageRequest): Promise<Page<DriveFile>> {
  await loadOffice(context, officeId, 'files:read');
  let query = context.db
    .selectFrom('drive_files')
    .selectAll()
    .where('office_id', '=', officeId)
    .where('deleted_at', 'is not', null)
    .orderBy('number', 'desc')
    .limit(page.limit + 1);
  const reader = readerOf(context);
  if (reader !== undefined) query = query.where(isReadableBy(reader));
  if (page.cursor !== undefined) query = query.where('number', '<', decodeCursor(page.cursor, 'number')[0]);
  return pageOf(await query.execute(), page.limit, ({ number }) => [number]);
}

/** Puts the file that was last deleted under a name back there. Throws `name_taken` when another has the name by now. */
export async function restoreFile(context: Context, officeId: string, name: string): Promise<DriveFile> {
  const seen = await findDeleted(context, officeId, name);
  refuseSkills(context, seen.name);
  const content = await readContent(context, seen.name, { sha256: seen.sha256, sizeBytes: seen.size_bytes });
  return inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'files:write');
    if (tx.house.engine.kind === 'postgres')
      await tx.db.selectFrom('offices').select('id').where('id', '=', officeId).forUpdate().execute();
    if ((await findFile(tx, officeId, name)) !== undefined) throw errors.nameTaken('a file', name);
    const deleted = await findDeleted(tx, officeId, name);
    if (deleted.id !== seen.id) throw errors.conflict(`"${name}" was deleted anew meanwhile.`);
    if ((await accessOf(tx, deleted)) !== 'write') throw errors.forbidden(`files:write on "${name}"`);
    const now = tx.house.clock.now();
    const file = await tx.db
      .updateTable('drive_files')
      .set({ deleted_at: null, updated_at: now })
      .where('id', '=', deleted.id)
      .where('deleted_at', 'is not', null)
      .returningAll()
      .executeTakeFirst();
    // Somebody emptied the trash meanwhile.
    if (file === undefined) throw errors.notFound('deleted file', name);
    await keepFoldersAbove(tx, office.id, file.name);
    await indexDriveFile(tx, office, file, content);
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      type: 'file.restored',
      subjectId: file.id,
      data: { name: file.name, version: file.version, sha256: file.sha256 },
    });
    return file;
  });
}

async function findDeleted(context: Context, officeId: string, name: string): Promise<DriveFile> {
  await loadOffice(context, officeId, 'files:write');
  const file = await context.db
    .selectFrom('drive_files')
    .selectAll()
    .where('office_id', '=', officeId)
    .where('name', '=', name.normalize('NFC'))
    .where('deleted_at', 'is not', null)
    .orderBy('deleted_at', 'desc')
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (file === undefined || (await accessOf(context, file)) === 'none') throw errors.notFound('deleted file', name);
  return file;
}
