import { Readable } from 'node:stream';
import { errors, GuildhallError, newId } from '@guildhall/kernel';
import { principalName } from '../access/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { type FileContent, forgetDriveFile, indexDriveFile, readContent } from '../memory/index.ts';
import { loadOffice } from '../offices/index.ts';
import { type DriveFile, findFile } from './drive-store.ts';
import { accessOf, copyPermissions, guardedBefore, readerOf } from './file-access.ts';
import { folderOf, keepFoldersAbove } from './folder-store.ts';
import { mediaTypeOf } from './media-type.ts';
import { countBytes } from './usage.ts';

const NAME_BYTES_MAX = 1_024;
const SEGMENT_BYTES_MAX = 255;
const LEVELS_MAX = 32;
/** A text file up to this size is searched whole; a larger one by its beginning. */
export const SEARCHABLE_BYTES_MAX = 2_000_000;

const SEARCHABLE_TYPES =
  /^(?:text\/|application\/(?:json|xml|yaml|x-yaml|javascript|typescript|toml|sql|x-sh|x-ndjson))/;
export interface PutFileInput {
  name: string;
  /** What the blob store answered for the bytes. */
  sha256: string;
  sizeBytes: number;
  /** Write only over this content: a SHA-256, `any` when the file must exist, `none` when it must not. */
  expected?: string | undefined;
  /** The content, for a caller that holds it anyway; else it is read back to be searchable. */
  text?: string | undefined;
}

/** A file as it is put on the drive: what memory is to know of it has been read. */
export interface PreparedFile extends PutFileInput {
  document: FileContent;
}

/** Reads for the memory what is to be put on the drive, which takes its time: before a transaction. Throws `validation_failed`. */
export async function prepareFile(context: Context, input: PutFileInput): Promise<PreparedFile> {
  const name = fileName(input.name);
  return { ...input, name, document: await readContent(context, name, input) };
}

/**
 * Puts bytes that are already in the blob store under a name. The same bytes again change nothing. Throws
 * `version_conflict` with the current content's hash when `expected` names another.
 */
export async function putFile(context: Context, officeId: string, input: PutFileInput): Promise<DriveFile> {
  return putPreparedFile(context, officeId, await prepareFile(context, input));
}

/** `putFile` for a caller whose transaction this is to be a part of. */
export async function putPreparedFile(context: Context, officeId: string, input: PreparedFile): Promise<DriveFile> {
  const { name, document } = input;
  const media_type = mediaTypeOf(name);
  return inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'files:write');
    refuseSkills(tx, name);
    const current = await lockFile(tx, office.id, name);
    if (current !== undefined) await refuseUnwritable(tx, current);
    if (!isExpected(input.expected, current)) throw versionConflict(name, current);
    if (current?.sha256 === input.sha256) return current;
    const guarded = current === undefined ? await guardedBefore(tx, office.id, name) : undefined;
    if (guarded !== undefined) await refuseUnwritable(tx, guarded);
    const now = tx.house.clock.now();
    const written_by = principalName(tx.principal);
    const version = (current?.version ?? 0) + 1;
    const content = { sha256: input.sha256, size_bytes: input.sizeBytes };
    const file =
      current === undefined
        ? await tx.db
            .insertInto('drive_files')
            .values({
              id: newId(),
              office_id: office.id,
              name,
              folder: folderOf(name),
              version,
              ...content,
              media_type,
              written_by,
              created_at: now,
              updated_at: now,
              deleted_at: null,
              is_restricted: guarded !== undefined,
            })
            .returningAll()
            .executeTakeFirstOrThrow()
        : await tx.db
            .updateTable('drive_files')
            .set({ version, ...content, written_by, updated_at: now })
            .where('id', '=', current.id)
            .returningAll()
            .executeTakeFirstOrThrow();
    await tx.db
      .insertInto('drive_versions')
      .values({ file_id: file.id, version, ...content, written_by, at: now })
      .execute();
    if (guarded !== undefined) await copyPermissions(tx, guarded.id, file.id);
    if (current === undefined) await keepFoldersAbove(tx, office.id, name);
    await countBytes(tx, office.id, input.sizeBytes);
    await indexDriveFile(tx, office, file, document);
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      type: 'file.uploaded',
      subjectId: file.id,
      data: { name, version, sha256: input.sha256, size_bytes: input.sizeBytes, by: written_by },
    });
    return file;
  });
}

/** Throws `version_conflict` when the file is not as the caller expects it now. */
export async function checkExpected(
  context: Context,
  officeId: string,
  name: string,
  expected: string | undefined,
): Promise<void> {
  if (expected === undefined) return;
  const current = await findFile(context, officeId, name);
  if (current !== undefined) await refuseUnwritable(context, current);
  if (!isExpected(expected, current)) throw versionConflict(name, current);
}

/** Takes a file off the drive, into the trash. */
export async function deleteFile(context: Context, officeId: string, name: string, expected?: string): Promise<void> {
  await inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'files:write');
    refuseSkills(tx, name);
    const file = await lockFile(tx, office.id, name);
    if (file === undefined || (await accessOf(tx, file)) === 'none') throw errors.notFound('file', name);
    await refuseUnwritable(tx, file);
    if (!isExpected(expected, file)) throw versionConflict(name, file);
    const now = tx.house.clock.now();
    await tx.db
      .updateTable('drive_files')
      .set({ deleted_at: now, updated_at: now })
      .where('id', '=', file.id)
      .execute();
    await forgetDriveFile(tx, file);
    record(tx, {
      organizationId: office.organization_id,
      officeId,
      type: 'file.deleted',
      subjectId: file.id,
      data: { name: file.name, by: principalName(tx.principal) },
    });
  });
}

/** The text of a file, at most its first `SEARCHABLE_BYTES_MAX` bytes. */
export async function readFileText(context: Context, file: Pick<DriveFile, 'sha256' | 'size_bytes'>): Promise<string> {
  return readText(context, file.sha256, file.size_bytes);
}

async function readText(context: Context, sha256: string, sizeBytes: number): Promise<string> {
  if (sizeBytes === 0) return '';
  const end = Math.min(sizeBytes, SEARCHABLE_BYTES_MAX) - 1;
  const chunks: Uint8Array[] = [];
  for await (const chunk of await context.house.blobs.read(sha256, { start: 0, end })) chunks.push(chunk as Uint8Array);
  // NUL is text to SQLite but not to PostgreSQL; no document needs it.
  return new TextDecoder('utf-8').decode(Buffer.concat(chunks)).replaceAll('\0', ' ');
}

export function isSearchable(mediaType: string): boolean {
  return SEARCHABLE_TYPES.test(mediaType);
}

/**
 * Checks and normalises a drive name: `/`-separated segments, relative, no `.` or `..`, nothing that a file system or a
 * header would stumble over. Throws `validation_failed`.
 */
export function fileName(text: string): string {
  const name = text.normalize('NFC');
  const refuse = (reason: string) => errors.validationFailed('filename', reason);
  if (name.trim() === '') throw refuse('is empty');
  if (Buffer.byteLength(name) > NAME_BYTES_MAX) throw refuse(`is longer than ${NAME_BYTES_MAX} bytes`);
  if (!name.isWellFormed() || /\p{Cc}/u.test(name)) throw refuse('contains control or broken characters');
  if (name.includes('\\')) throw refuse('contains a backslash');
  if (name.split('/').length > LEVELS_MAX) throw refuse(`lies more than ${LEVELS_MAX} folders deep`);
  for (const segment of name.split('/')) {
    if (segment === '' || segment.trim() !== segment)
      throw refuse('has an empty part, or a part that begins or ends with a space');
    if (segment === '.' || segment === '..') throw refuse('leaves its folder');
    if (Buffer.byteLength(segment) > SEGMENT_BYTES_MAX)
      throw refuse(`has a part longer than ${SEGMENT_BYTES_MAX} bytes`);
  }
  if (['_changes', '_trash', '_folders', '_usage'].includes(name))
    throw refuse(`"${name}" is an address of the drive itself`);
  return name;
}

export async function lockFile(tx: Context, officeId: string, name: string): Promise<DriveFile | undefined> {
  if (tx.house.engine.kind === 'postgres') {
    // A new name has no row to lock yet: the office's row keeps two first writers apart.
    await tx.db.selectFrom('offices').select('id').where('id', '=', officeId).forUpdate().execute();
  }
  return findFile(tx, officeId, name);
}

/** What an agent may only read it does not write; that there is something which it may not even read, it learns by the name it chose. */
export async function refuseUnwritable(
  tx: Context,
  file: Pick<DriveFile, 'id' | 'name' | 'is_restricted'>,
): Promise<void> {
  if ((await accessOf(tx, file)) !== 'write') throw errors.forbidden(`files:write on "${file.name}"`);
}

/** Skills instruct those who have them: no agent writes what another one works by. */
export function refuseSkills(context: Context, name: string): void {
  if (readerOf(context) === undefined || !name.startsWith('skills/')) return;
  throw new GuildhallError('forbidden', {
    message: 'Agents do not change skills.',
    detail: { name },
    mend: 'Write it elsewhere on the drive, and ask a person to make a skill of it.',
  });
}

/** `none`: there must be no file; `any`: there must be one; else its SHA-256. */
function isExpected(expected: string | undefined, current: DriveFile | undefined): boolean {
  if (expected === undefined) return true;
  if (expected === 'any') return current !== undefined;
  return expected === (current?.sha256 ?? 'none');
}

function versionConflict(name: string, current: DriveFile | undefined): GuildhallError {
  return new GuildhallError('version_conflict', {
    message:
      current === undefined
        ? `"${name}" does not exist (any more).`
        : `"${name}" was changed by ${current.written_by}.`,
    detail: { name, current_version: current?.version ?? null, current_sha256: current?.sha256 ?? null },
  });
}

/** Bytes that are at hand anyway, as the blob store takes them. */
export function bytesOf(content: string | Uint8Array): AsyncIterable<Uint8Array> {
  return Readable.from([typeof content === 'string' ? Buffer.from(content) : content]);
}

/** Forgets blobs that nothing names: uploads that were refused at the last moment, files and packages that are gone. One folder a call. */
export async function sweepBlobs(context: Context, prefix: string): Promise<number> {
  return context.house.blobs.sweep(prefix, context.house.clock.now(), async (sha256) => {
    const version = await context.db
      .selectFrom('drive_versions')
      .select('file_id')
      .where('sha256', '=', sha256)
      .limit(1)
      .executeTakeFirst();
    if (version !== undefined) return true;
    const bundle = await context.db
      .selectFrom('clone_transfers')
      .select('id')
      .where('bundle_sha256', '=', sha256)
      .limit(1)
      .executeTakeFirst();
    return bundle !== undefined;
  });
}
