import { defineTool, ToolError } from '@guildhall/agent';
import { sha256Hex } from '@guildhall/kernel';
import Type from 'typebox';
import type { Context } from '../../domain/context/index.ts';
import {
  bytesOf,
  isSearchable,
  listFiles,
  loadFile,
  putFile,
  readFileText,
  SEARCHABLE_BYTES_MAX,
} from '../../domain/drive/index.ts';
import type { HouseTool, ToolSetting } from './tool-setting.ts';

const FILES_LISTED_MAX = 1_000;
const LIST_PAGE = 200;

/** The drive that the office shares. */
export function driveTools(context: Context, { run }: ToolSetting): HouseTool[] {
  return [
    defineTool({
      name: 'drive_list',
      description: 'The files on the office’s shared drive.',
      risk: 'read',
      input: Type.Object({}),
      run: (_input, { scope }: { scope: Context }) => listDrive(scope, run.office_id),
    }),
    defineTool({
      name: 'drive_read',
      description: 'The text of a file on the drive, with its sha256.',
      risk: 'read',
      input: Type.Object({ name: Type.String({ minLength: 1, maxLength: 1_000 }) }),
      run: async ({ name }, { scope }: { scope: Context }) => {
        const file = await loadFile(scope, run.office_id, name, 'files:read');
        if (!isSearchable(file.media_type))
          throw new ToolError('drive_read', `"${file.name}" is not a text file (${file.media_type}).`);
        return {
          text: await readFileText(scope, file),
          sha256: file.sha256,
          truncated: file.size_bytes > SEARCHABLE_BYTES_MAX,
        };
      },
    }),
    defineTool({
      name: 'drive_write',
      description:
        'Write a text file to the drive. Give if_sha256, as drive_read told it, so that nobody’s change is overwritten unseen.',
      risk: 'local',
      isAtomic: true,
      input: Type.Object({
        name: Type.String({ minLength: 1, maxLength: 1_000 }),
        content: Type.String({ maxLength: 5_000_000 }),
        if_sha256: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
      }),
      // The bytes are stored before the transaction; the name of a blob is its content.
      prepare: async ({ content }) => {
        await context.house.blobs.put(bytesOf(content), context.house.limits.fileSizeBytesMax);
      },
      run: async ({ name, content, if_sha256 }, { scope }: { scope: Context }) => {
        const file = await putFile(scope, run.office_id, {
          name,
          sha256: sha256Hex(content),
          sizeBytes: Buffer.byteLength(content),
          text: content,
          expected: if_sha256,
        });
        return { name: file.name, version: file.version, sha256: file.sha256 };
      },
    }),
  ];
}

async function listDrive(context: Context, officeId: string) {
  const files: { name: string; size_bytes: number; searchable: boolean }[] = [];
  let cursor: string | undefined;
  do {
    const page = await listFiles(context, officeId, { limit: LIST_PAGE, cursor });
    files.push(
      ...page.items.map((file) => ({
        name: file.name,
        size_bytes: file.size_bytes,
        searchable: isSearchable(file.media_type),
      })),
    );
    cursor = page.nextCursor;
  } while (cursor !== undefined && files.length < FILES_LISTED_MAX);
  return { files, truncated: cursor !== undefined };
}
