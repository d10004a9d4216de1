import multipart from '@fastify/multipart';
import { office } from '@guildhall/contract';
import { errors, formatInstant, GuildhallError, parseInstant } from '@guildhall/kernel';
import type { StoredBlob } from '@guildhall/storage';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { Context } from '../../domain/context/index.ts';
import {
  checkExpected,
  type DriveFile,
  deleteFile,
  fileChanges,
  fileName,
  listFiles,
  listTrash,
  listVersions,
  loadFile,
  loadVersion,
  prepareFile,
  putPreparedFile,
  readPermissions,
  refuseWhatDoesNotFit,
  restoreFile,
  setPermissions,
} from '../../domain/drive/index.ts';
import { loadOffice } from '../../domain/offices/index.ts';
import { Answer, byteRangeIn, type Door, isNoneMatch, itemsWithCursor, type Receiving } from '../../http/index.ts';

const LIMIT_DEFAULT = 500;
/** What a multipart body is larger than its file by, at most. */
const FRAME_BYTES = 4_096;
const Bytes = Type.Unsafe({ type: 'string', format: 'binary' });
const Upload = Type.Object({
  file: Type.Unsafe({
    type: 'string',
    format: 'binary',
    description: 'The bytes; the name of the part is that of the file.',
  }),
});
const EXPECTED = {
  'if-match':
    'The ETag (SHA-256) of the version that it is to be written over, or `*` for any: 409 when it is another.',
  'if-none-match': '`*`: only when there is no such file.',
};
const READ = {
  range: 'A part of it: `bytes=0-1023`; the answer is 206.',
  'if-range': 'The ETag that the part is to be of; the whole file when it has changed.',
  'if-none-match': 'The ETag that you have: 304 when it is still that.',
};

export function presentFile(file: DriveFile): office.FileInfo {
  return {
    name: file.name,
    size: file.size_bytes,
    modifiedAt: formatInstant(file.updated_at),
    version: file.version,
    sha256: file.sha256,
    mediaType: file.media_type,
    writtenBy: file.written_by,
  };
}

/** `If-Match: "<sha256>"` and `If-None-Match: *` → what the file must hold now for the write to go on. */
function expectedContent(request: FastifyRequest): string | undefined {
  const match = request.headers['if-match'];
  if (match === '*') return 'any';
  if (match !== undefined) return match.replace(/^W\//, '').replaceAll('"', '');
  return request.headers['if-none-match'] === '*' ? 'none' : undefined;
}

/** Seed: mitosis-sdk-reference 7.4. */
export async function fileRoutes(app: FastifyInstance, door: Door): Promise<void> {
  await app.register(multipart, { preservePath: true, limits: { files: 2, fields: 10, fieldSize: 4_096, parts: 12 } });
  const tag = 'Files';
  const base = '/api/v1/offices/:officeId/files';
  door.route(
    {
      method: 'POST',
      path: base,
      id: 'files.upload',
      tag,
      summary: 'Put a file on the drive',
      description:
        'multipart/form-data with one part named `file`. The same name again makes a new version, the same bytes again change nothing; under an `Idempotency-Key` a repeated upload changes nothing either when somebody else has written since. `If-Match` with the ETag writes only over that version (409 else), `If-None-Match: *` only when there is none.',
      params: office.OfficeParams,
      consumes: ['multipart/form-data'],
      rawBody: Upload,
      receive: receiveFile,
      idempotent: true,
      headers: EXPECTED,
      answers: { 201: office.FileInfo },
      fails: [404, 409, 413, 415, 507],
    },
    async ({ context, params, received }) =>
      presentFile(await putPreparedFile(context, params.officeId, received.file)),
  );
  door.route(
    {
      method: 'GET',
      path: base,
      id: 'files.list',
      tag,
      summary: 'The files of the drive, by name',
      params: office.OfficeParams,
      query: office.FilesQuery,
      answers: { 200: Type.Array(office.FileInfo) },
      fails: [404],
    },
    async ({ context, params, query, reply }) => {
      const page = { limit: query.limit ?? LIMIT_DEFAULT, cursor: query.cursor, folder: query.folder };
      return itemsWithCursor(reply, await listFiles(context, params.officeId, page)).map(presentFile);
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/_changes`,
      id: 'files.changes',
      tag,
      summary: 'What happened to the files since a time',
      params: office.OfficeParams,
      query: office.ChangesQuery,
      answers: { 200: office.FileChangesResponse },
      fails: [404],
    },
    async ({ context, params, query }): Promise<office.FileChangesResponse> => {
      const since = query.since === undefined || query.since === '' ? 0 : parseInstant(query.since);
      if (since === undefined) throw errors.validationFailed('since', 'is not a time');
      const { changes, serverAt, fullRefresh } = await fileChanges(context, params.officeId, since);
      return {
        events: changes.map(({ type, name, at }) => ({ type, name, timestamp: at })),
        serverTime: serverAt,
        ...(fullRefresh ? { full_refresh: true } : {}),
      };
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/:filename`,
      id: 'files.download',
      tag,
      summary: 'The bytes of a file',
      description:
        'With ETag (the content’s SHA-256); `If-None-Match` answers 304 when you have it. One `Range` of bytes answers 206, with `If-Range` only while the content is that.',
      params: office.FileParams,
      query: office.DownloadQuery,
      headers: READ,
      answers: { 200: Bytes, 206: Bytes, 304: null },
      fails: [404, 416],
    },
    async ({ context, params, query, request, reply }) => {
      const file =
        query.version === undefined
          ? await loadFile(context, params.officeId, params.filename, 'files:read')
          : await loadVersion(context, params.officeId, params.filename, query.version);
      const etag = `"${file.sha256}"`;
      reply.header('etag', etag).header('last-modified', new Date(file.updated_at).toUTCString());
      if (isNoneMatch(request.headers['if-none-match'], file.sha256)) return new Answer(304, undefined);
      reply.header('accept-ranges', 'bytes');
      const ifRange = request.headers['if-range'];
      const isSame = ifRange === undefined || ifRange === etag;
      const range = isSame ? byteRangeIn(request.headers.range, file.size_bytes) : undefined;
      const baseName = file.name.slice(file.name.lastIndexOf('/') + 1);
      reply
        .header(
          'content-type',
          file.media_type.startsWith('text/') ? `${file.media_type}; charset=utf-8` : file.media_type,
        )
        .header('content-length', range === undefined ? file.size_bytes : range.end - range.start + 1)
        // What an agent or a stranger wrote is never rendered under our address.
        .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(baseName)}`)
        .header('content-security-policy', "sandbox; default-src 'none'");
      if (range === undefined) return new Answer(200, await context.house.blobs.read(file.sha256));
      reply.header('content-range', `bytes ${range.start}-${range.end}/${file.size_bytes}`);
      return new Answer(206, await context.house.blobs.read(file.sha256, range));
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/_trash`,
      id: 'files.trash',
      tag,
      summary: 'The files that were taken off the drive, the last ones first',
      params: office.OfficeParams,
      query: office.PageQuery,
      answers: { 200: Type.Array(office.FileInfo) },
      fails: [404],
    },
    async ({ context, params, query, reply }) => {
      const page = { limit: query.limit ?? LIMIT_DEFAULT, cursor: query.cursor };
      return itemsWithCursor(reply, await listTrash(context, params.officeId, page)).map(presentFile);
    },
  );
  door.route(
    {
      method: 'POST',
      path: `${base}/:filename/restore`,
      id: 'files.restore',
      tag,
      summary: 'Put the file that was last deleted under this name back',
      params: office.FileParams,
      answers: { 200: office.FileInfo },
      fails: [404, 409],
    },
    async ({ context, params }) => presentFile(await restoreFile(context, params.officeId, params.filename)),
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/:filename/versions`,
      id: 'files.versions',
      tag,
      summary: 'The versions of a file, newest first; download one with ?version=',
      params: office.FileParams,
      query: office.PageQuery,
      answers: { 200: Type.Array(office.FileVersion) },
      fails: [404],
    },
    async ({ context, params, query, reply }) => {
      const page = { limit: query.limit ?? LIMIT_DEFAULT, cursor: query.cursor };
      const versions = await listVersions(context, params.officeId, params.filename, page);
      return itemsWithCursor(reply, versions).map(({ version, sizeBytes, sha256, writtenBy, at }) => ({
        version,
        size: sizeBytes,
        sha256,
        writtenBy,
        modifiedAt: formatInstant(at),
      }));
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/:filename/permissions`,
      id: 'files.getPermissions',
      tag,
      summary: 'Which agents may do what with a file; empty when all may',
      params: office.FileParams,
      answers: { 200: office.FilePermissions },
      fails: [404],
    },
    async ({ context, params }): Promise<office.FilePermission[]> =>
      (await readPermissions(context, params.officeId, params.filename)).map(({ agentName, access }) => ({
        agent_name: agentName,
        access,
      })),
  );
  door.route(
    {
      method: 'PUT',
      path: `${base}/:filename/permissions`,
      id: 'files.setPermissions',
      tag,
      summary: 'Set which agents may do what with a file, in the place of what was set',
      description:
        'Held in every path: API, tools, the drive as a folder, memory, events. An empty list opens the file to all. People set it.',
      params: office.FileParams,
      body: office.FilePermissions,
      answers: { 204: null },
      fails: [404, 409],
    },
    async ({ context, params, body }) => {
      const permissions = body.map(({ agent_name: agentName, access }) => ({ agentName, access }));
      await setPermissions(context, params.officeId, params.filename, permissions);
      return new Answer(204, undefined);
    },
  );
  door.route(
    {
      method: 'DELETE',
      path: `${base}/:filename`,
      id: 'files.delete',
      tag,
      summary: 'Take a file off the drive',
      params: office.FileParams,
      headers: { 'if-match': EXPECTED['if-match'] },
      answers: { 204: null },
      fails: [404, 409],
    },
    async ({ context, params, request }) => {
      await deleteFile(context, params.officeId, params.filename, expectedContent(request));
      return new Answer(204, undefined);
    },
  );
}

/** About how much is to come: the frame around the file is small. */
function announcedBytes(request: FastifyRequest): number {
  const length = Number(request.headers['content-length'] ?? 0);
  return Number.isSafeInteger(length) ? Math.max(0, length - FRAME_BYTES) : 0;
}

/** Takes an upload in, up to where the drive is written. Refused before a byte is read, if it can be: a stranger's gigabyte costs nothing. */
async function receiveFile({ context, params, request, isRepeated }: Receiving<{ officeId: string }>) {
  const { officeId } = params;
  await loadOffice(context, officeId, 'files:write');
  if (!isRepeated) await refuseWhatDoesNotFit(context, officeId, announcedBytes(request));
  const expected = expectedContent(request);
  const { name, blob } = await receivePart(context, request, async (part) => {
    if (!isRepeated) await checkExpected(context, officeId, part, expected);
  });
  const file = await prepareFile(context, { name, ...blob, expected });
  return { file, identity: { name: file.name, sha256: file.sha256, expected: expected ?? null } };
}

/**
 * Streams the part named `file` into the blob store and reads the body to its end; `check` is asked by its name before.
 * Throws `validation_failed`, `payload_too_large`.
 */
async function receivePart(
  { house }: Context,
  request: FastifyRequest,
  check: (name: string) => Promise<void>,
): Promise<{ name: string; blob: StoredBlob }> {
  if (!request.isMultipart()) {
    throw new GuildhallError('unsupported_media_type', {
      message: 'Send multipart/form-data with the file in the part "file".',
    });
  }
  const fileSizeBytesMax = house.limits.fileSizeBytesMax;
  let received: { name: string; blob: StoredBlob } | undefined;
  try {
    for await (const part of request.parts({ limits: { fileSize: fileSizeBytesMax + 1, files: 2 } })) {
      if (part.type !== 'file') continue;
      if (part.fieldname !== 'file' || received !== undefined) {
        part.file.resume();
        throw errors.validationFailed('file', 'must be one part named "file"');
      }
      const name = fileName(part.filename ?? '');
      // Refused before the bytes are kept; checked again when they are.
      await check(name);
      received = { name, blob: await house.blobs.put(part.file, fileSizeBytesMax) };
    }
  } catch (error) {
    throw isMalformedBody(error) ? errors.validationFailed('file', 'is not a well-formed multipart body') : error;
  }
  if (received === undefined)
    throw errors.validationFailed('file', 'is missing: send the bytes in the part named "file"');
  return received;
}

/** What the parser says of a body that breaks off or has no boundary: plain errors without a code. */
function isMalformedBody(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof GuildhallError) return false;
  return !('code' in error) || /multipart|boundary|unexpected end|malformed|premature/i.test(error.message);
}
