import { decodeCursor, errors, type Page, type PageRequest, pageOf } from '@guildhall/kernel';
import type { Selectable } from 'kysely';
import type { DriveFileRow } from '../../schema/index.ts';
import type { Permission } from '../access/index.ts';
import type { Context } from '../context/index.ts';
import { loadOffice } from '../offices/index.ts';

export type DriveFile = Selectable<DriveFileRow>;

/** By name; the caller has checked access to the office. */
export async function findFile(context: Context, officeId: string, name: string): Promise<DriveFile | undefined> {
  return context.db
    .selectFrom('drive_files')
    .selectAll()
    .where('office_id', '=', officeId)
    .where('name', '=', name.normalize('NFC'))
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
}

export async function loadFile(
  context: Context,
  officeId: string,
  name: string,
  permission: Permission,
): Promise<DriveFile> {
  await loadOffice(context, officeId, permission);
  const file = await findFile(context, officeId, name);
  if (file === undefined) throw errors.notFound('file', name);
  return file;
}

/** The files of an office by name. */
export async function listFiles(context: Context, officeId: string, page: PageRequest): Promise<Page<DriveFile>> {
  await loadOffice(context, officeId, 'files:read');
  let query = context.db
    .selectFrom('drive_files')
    .selectAll()
    .where('office_id', '=', officeId)
    .where('deleted_at', 'is', null)
    .orderBy('name')
    .limit(page.limit + 1);
  if (page.cursor !== undefined) query = query.where('name', '>', String(decodeCursor(page.cursor, 1)[0]));
  return pageOf(await query.execute(), page.limit, (file) => [file.name]);
}
