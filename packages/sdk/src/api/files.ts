import type { Transport } from '../transport.ts';
import type { FileChangesResponse, FileInfo, FilePermission, FileVersion, PageQuery } from '../types.ts';
import { officePath } from './office-path.ts';

export class FilesAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** `ifMatch` (a SHA-256) writes only over that content: else `OS1Error` 409 with the current one in `detail`. */
  upload(
    officeId: string,
    filename: string,
    data: Uint8Array | Blob,
    options: { ifMatch?: string } = {},
  ): Promise<FileInfo> {
    const headers: Record<string, string> = options.ifMatch === undefined ? {} : { 'if-match': `"${options.ifMatch}"` };
    return this.#transport.upload(officePath(officeId, 'files'), filename, data, headers);
  }

  list(officeId: string, query?: PageQuery): Promise<FileInfo[]> {
    return this.#transport.get(officePath(officeId, 'files'), query);
  }

  /** The raw response: `Buffer.from(await response.arrayBuffer())`. */
  download(officeId: string, filename: string): Promise<Response> {
    return this.#transport.request<Response>('GET', officePath(officeId, 'files', filename), { raw: true });
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
