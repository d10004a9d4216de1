import { decodeCursor, errors, type Page, type PageRequest, pageOf } from '@guildhall/kernel';
import { type Selectable, sql } from 'kysely';
import type { DriveFileRow } from '../../schema/index.ts';
import type { Permission } from '../access/index.ts';
import type { Context } from '../context/index.ts';
import { loadOffice } from '../offices/index.ts';
import { accessOf, isReadableBy, readerOf } from './file-access.ts';

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
  if (file === undefined || (await accessOf(context, file)) === 'none') throw errors.notFound('file', name);
  return file;
}

/**
 * The files of an office by name, as far as the caller may see them; with `folder` those that lie in it; with `asAgentId` as far as that agent may, with `onlyOpen`
 * those that nobody is kept from.
 */
export async function listFiles(
  context: Context,
  officeId: string,
  page: PageRequest & { asAgentId?: string; onlyOpen?: boolean; folder?: string | undefined },
): Promise<Page<DriveFile>> {
  await loadOffice(context, officeId, 'files:read');
  const reader = page.asAgentId ?? readerOf(context);
  let query = context.db
    .selectFrom('drive_files')
    .selectAll()
    .where('office_id', '=', officeId)
    .where('deleted_at', 'is', null)
    .orderBy('name')
    .limit(page.limit + 1);
  if (reader !== undefined) query = query.where(isReadableBy(reader));
  if (page.folder !== undefined) query = query.where('folder', '=', page.folder.normalize('NFC'));
  if (page.onlyOpen === true) query = query.where('is_restricted', '=', sql.lit(false));
  if (page.cursor !== undefined) query = query.where('name', '>', decodeCursor(page.cursor, 'string')[0]);
  return pageOf(await query.execute(), page.limit, (file) => [file.name]);
}
