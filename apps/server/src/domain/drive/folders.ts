import { decodeCursor, errors, GuildhallError, type Page, type PageRequest, pageOf } from '@guildhall/kernel';
import { type Context, inTransaction, record } from '../context/index.ts';
import { loadOffice } from '../offices/index.ts';
import { deleteFile, fileName, refuseSkills } from './drive.ts';
import { isReadableBy, readerOf } from './file-access.ts';
import { keepFoldersAbove } from './folder-store.ts';

/** So many files are taken away with their folder at once. */
const DELETED_AT_ONCE_MAX = 200;

export interface Folder {
  /** The whole path: `reports/2026`. */
  path: string;
  createdAt: number;
}

/** Makes an empty folder; one that is there already stays. */
export async function makeFolder(context: Context, officeId: string, path: string): Promise<Folder> {
  const name = fileName(path);
  return inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'files:write');
    refuseSkills(tx, `${name}/`);
    const known = await find(tx, office.id, name);
    if (known !== undefined) return known;
    await keepFoldersAbove(tx, office.id, `${name}/x`);
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      type: 'folder.created',
      subjectId: office.id,
      data: { path: name },
    });
    return { path: name, createdAt: tx.house.clock.now() };
  });
}

/** The folders in a folder (`''` is the top), by name. An agent sees those in which there is nothing, or something for it. */
export async function listFolders(
  context: Context,
  officeId: string,
  parent: string,
  page: PageRequest,
): Promise<Page<Folder>> {
  const office = await loadOffice(context, officeId, 'files:read');
  let query = context.db
    .selectFrom('drive_folders')
    .selectAll()
    .where('office_id', '=', office.id)
    .where('parent', '=', parent.normalize('NFC'))
    .orderBy('path')
    .limit(page.limit + 1);
  if (page.cursor !== undefined) query = query.where('path', '>', decodeCursor(page.cursor, 'string')[0]);
  const { items, ...rest } = pageOf(await query.execute(), page.limit, ({ path }) => [path]);
  const shown = await Promise.all(items.map(({ path }) => maySeeFolder(context, office.id, path)));
  const visible = items.filter((_, index) => shown[index]);
  return { ...rest, items: visible.map(({ path, created_at }) => ({ path, createdAt: created_at })) };
}

/**
 * Takes a folder away; with `isRecursive` all that is in it goes to the trash. Throws `folder_not_empty`, and `forbidden` for a
 * file that the caller may not write: then everything stays.
 */
export async function deleteFolder(
  context: Context,
  officeId: string,
  path: string,
  { isRecursive }: { isRecursive: boolean },
): Promise<number> {
  return inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'files:write');
    const folder = await find(tx, office.id, path.normalize('NFC'));
    if (folder === undefined || !(await maySeeFolder(tx, office.id, folder.path)))
      throw errors.notFound('folder', path);
    refuseSkills(tx, `${folder.path}/`);
    const within = below(folder.path);
    const files = await tx.db
      .selectFrom('drive_files')
      .select('name')
      .where('office_id', '=', office.id)
      .where('deleted_at', 'is', null)
      .where('name', '>', within.from)
      .where('name', '<', within.to)
      .limit(DELETED_AT_ONCE_MAX + 1)
      .execute();
    if (files.length > 0 && !isRecursive)
      throw new GuildhallError('folder_not_empty', { message: `"${folder.path}" is not empty.` });
    if (files.length > DELETED_AT_ONCE_MAX)
      throw errors.conflict(
        `"${folder.path}" holds more than ${DELETED_AT_ONCE_MAX} files: delete its folders one by one.`,
      );
    for (const { name } of files)
      await deleteFile(tx, office.id, name).catch((error: unknown) => {
        // Not which: there may be files in it that the caller does not know of.
        const isRefused = error instanceof GuildhallError && ['not_found', 'forbidden'].includes(error.code);
        throw isRefused ? errors.forbidden(`files:write on all of "${folder.path}"`) : error;
      });
    await tx.db
      .deleteFrom('drive_folders')
      .where('office_id', '=', office.id)
      .where(({ or, and, eb }) =>
        or([eb('path', '=', folder.path), and([eb('path', '>', within.from), eb('path', '<', within.to)])]),
      )
      .execute();
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      type: 'folder.deleted',
      subjectId: office.id,
      data: { path: folder.path, files: files.length },
    });
    return files.length;
  });
}

async function find(context: Context, officeId: string, path: string): Promise<Folder | undefined> {
  const row = await context.db
    .selectFrom('drive_folders')
    .selectAll()
    .where('office_id', '=', officeId)
    .where('path', '=', path)
    .executeTakeFirst();
  return row === undefined ? undefined : { path: row.path, createdAt: row.created_at };
}

/** Names below a folder lie between these two. */
function below(path: string): { from: string; to: string } {
  return { from: `${path}/`, to: `${path}0` };
}

async function maySeeFolder(context: Context, officeId: string, path: string): Promise<boolean> {
  const reader = readerOf(context);
  if (reader === undefined) return true;
  const { from, to } = below(path);
  const within = context.db
    .selectFrom('drive_files')
    .select('id')
    .where('office_id', '=', officeId)
    .where('deleted_at', 'is', null)
    .where('name', '>', from)
    .where('name', '<', to)
    .limit(1);
  if ((await within.executeTakeFirst()) === undefined) return true;
  return (await within.where(isReadableBy(reader)).executeTakeFirst()) !== undefined;
}
