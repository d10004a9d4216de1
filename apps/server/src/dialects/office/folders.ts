import { office } from '@guildhall/contract';
import Type from 'typebox';
import {
  deleteFolder,
  type Folder,
  listFolders,
  makeFolder,
  moveFile,
  purgeFile,
  storedBytes,
} from '../../domain/drive/index.ts';
import { loadOffice } from '../../domain/offices/index.ts';
import { Answer, type Door, itemsWithCursor } from '../../http/index.ts';
import { presentFile } from './files.ts';

const LIMIT_DEFAULT = 500;

function presentFolder({ path }: Folder): office.Folder {
  return { path, name: path.slice(path.lastIndexOf('/') + 1) };
}

/** What a drive has beyond the seed: folders, moves, an end of the trash, and its limits. */
export function folderRoutes(door: Door): void {
  const tag = 'Files';
  const base = '/api/v1/offices/:officeId/files';
  door.route(
    {
      method: 'GET',
      path: `${base}/_folders`,
      id: 'files.folders',
      tag,
      summary: 'The folders in a folder, by name',
      params: office.OfficeParams,
      query: office.FoldersQuery,
      answers: { 200: Type.Array(office.Folder) },
      fails: [404],
    },
    async ({ context, params, query, reply }) => {
      const page = { limit: query.limit ?? LIMIT_DEFAULT, cursor: query.cursor };
      const folders = await listFolders(context, params.officeId, query.parent ?? '', page);
      return itemsWithCursor(reply, folders).map(presentFolder);
    },
  );
  door.route(
    {
      method: 'POST',
      path: `${base}/_folders`,
      id: 'files.makeFolder',
      tag,
      summary: 'Make a folder, with those above it',
      description: 'Folders of files that are uploaded make themselves. One that is there already stays.',
      params: office.OfficeParams,
      body: office.FolderRequest,
      answers: { 201: office.Folder },
      fails: [404],
      idempotent: true,
    },
    async ({ context, params, body }) => presentFolder(await makeFolder(context, params.officeId, body.path)),
  );
  door.route(
    {
      method: 'DELETE',
      path: `${base}/_folders/:folder`,
      id: 'files.deleteFolder',
      tag,
      summary: 'Take a folder away, when it is empty or with all that is in it',
      description: 'At most 200 files at once; they can be put back from the trash.',
      params: office.FolderParams,
      query: office.FolderDeleteQuery,
      answers: { 204: null },
      fails: [404, 409],
    },
    async ({ context, params, query }) => {
      await deleteFolder(context, params.officeId, params.folder, { isRecursive: query.recursive === true });
      return new Answer(204, undefined);
    },
  );
  door.route(
    {
      method: 'POST',
      path: `${base}/:filename/move`,
      id: 'files.move',
      tag,
      summary: 'Give a file another name or folder; its versions and permissions go along',
      params: office.FileParams,
      body: office.MoveRequest,
      answers: { 200: office.FileInfo },
      fails: [404, 409],
    },
    async ({ context, params, body }) =>
      presentFile(await moveFile(context, params.officeId, params.filename, body.to)),
  );
  door.route(
    {
      method: 'DELETE',
      path: `${base}/_trash/:filename`,
      id: 'files.purge',
      tag,
      summary: 'Delete for good what lies in the trash under this name, with all versions',
      params: office.FileParams,
      answers: { 204: null },
      fails: [404],
    },
    async ({ context, params }) => {
      await purgeFile(context, params.officeId, params.filename);
      return new Answer(204, undefined);
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/_usage`,
      id: 'files.usage',
      tag,
      summary: 'How full the drive is, and its limits',
      params: office.OfficeParams,
      answers: { 200: office.DriveUsage },
      fails: [404],
    },
    async ({ context, params }): Promise<office.DriveUsage> => {
      const { id } = await loadOffice(context, params.officeId, 'files:read');
      const { driveBytesMax, fileSizeBytesMax } = context.house.limits;
      return {
        stored_bytes: await storedBytes(context, id),
        limit_bytes: driveBytesMax,
        file_limit_bytes: fileSizeBytesMax,
      };
    },
  );
}
