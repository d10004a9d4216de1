import type { CreateOptions, Transport } from '../transport.ts';
import type {
  DriveUsage,
  FileChangesResponse,
  FileInfo,
  FilePermission,
  FileVersion,
  Folder,
  PageQuery,
} from '../types.ts';
import { officePath } from './office-path.ts';

export class FilesAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * `ifMatch` (a SHA-256) writes only over that content: else `OS1Error` 409 with the current one in `detail`. With an
   * `idempotencyKey` a repeated upload writes once, also when somebody else has written since.
   */
  upload(
    officeId: string,
    filename: string,
    data: Uint8Array | Blob,
    { ifMatch, idempotencyKey }: CreateOptions & { ifMatch?: string } = {},
  ): Promise<FileInfo> {
    const headers = {
      ...(ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` }),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    };
    return this.#transport.upload(officePath(officeId, 'files'), filename, data, headers);
  }

  /** With `folder`, only what lies in it itself (`''` is the top). */
  list(officeId: string, query?: PageQuery & { folder?: string }): Promise<FileInfo[]> {
    return this.#transport.get(officePath(officeId, 'files'), query);
  }

  /**
   * The raw response: `Buffer.from(await response.arrayBuffer())`. `version` is an earlier one; `range` a part (`bytes=0-1023`,
   * status 206), of the content with the SHA-256 `ifRange` only, else the whole.
   */
  download(
    officeId: string,
    filename: string,
    { version, range, ifRange }: { version?: number; range?: string; ifRange?: string } = {},
  ): Promise<Response> {
    return this.#transport.request<Response>('GET', officePath(officeId, 'files', filename), {
      raw: true,
      ...(version === undefined ? {} : { query: { version } }),
      headers: {
        ...(range === undefined ? {} : { range }),
        ...(ifRange === undefined ? {} : { 'if-range': `"${ifRange}"` }),
      },
    });
  }

  delete(officeId: string, filename: string): Promise<void> {
    return this.#transport.delete(officePath(officeId, 'files', filename));
  }

  /** Newest first; download one with `transport` and `?version=`. */
  versions(officeId: string, filename: string, query: PageQuery = {}): Promise<FileVersion[]> {
    return this.#transport.get(officePath(officeId, 'files', filename, 'versions'), query);
  }

  trash(officeId: string, query: PageQuery = {}): Promise<FileInfo[]> {
    return this.#transport.get(officePath(officeId, 'files', '_trash'), query);
  }

  /** Puts the file that was last deleted under this name back. */
  restore(officeId: string, filename: string): Promise<FileInfo> {
    return this.#transport.post(officePath(officeId, 'files', filename, 'restore'));
  }

  /** Deletes for good what lies in the trash under this name. */
  purge(officeId: string, filename: string): Promise<void> {
    return this.#transport.delete(officePath(officeId, 'files', '_trash', filename));
  }

  /** Another name or folder; versions and permissions go along. */
  move(officeId: string, filename: string, to: string): Promise<FileInfo> {
    return this.#transport.post(officePath(officeId, 'files', filename, 'move'), { to });
  }

  /** The folders in a folder; those at the top when none is named. */
  folders(officeId: string, query: PageQuery & { parent?: string } = {}): Promise<Folder[]> {
    return this.#transport.get(officePath(officeId, 'files', '_folders'), query);
  }

  makeFolder(officeId: string, path: string, options?: CreateOptions): Promise<Folder> {
    return this.#transport.create(officePath(officeId, 'files', '_folders'), { path }, options);
  }

  /** Throws `OS1Error` 409 for one that is not empty, unless `recursive`. */
  deleteFolder(officeId: string, path: string, query: { recursive?: boolean } = {}): Promise<void> {
    const address = officePath(officeId, 'files', '_folders', path);
    return this.#transport.delete(query.recursive === true ? `${address}?recursive=true` : address);
  }

  /** How full the drive is, and its limits. */
  usage(officeId: string): Promise<DriveUsage> {
    return this.#transport.get(officePath(officeId, 'files', '_usage'));
  }

  /** Empty when every agent may read and write the file. */
  getPermissions(officeId: string, filename: string): Promise<FilePermission[]> {
    return this.#transport.get(officePath(officeId, 'files', filename, 'permissions'));
  }

  /** In the place of what was set; `*` is every agent without a row of its own. */
  setPermissions(officeId: string, filename: string, permissions: readonly FilePermission[]): Promise<void> {
    return this.#transport.put(officePath(officeId, 'files', filename, 'permissions'), permissions);
  }

  changes(officeId: string, since?: string | number): Promise<FileChangesResponse> {
    return this.#transport.get(officePath(officeId, 'files', '_changes'), since === undefined ? undefined : { since });
  }
}
