import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, type FileHandle, link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { GuildhallError } from '@guildhall/kernel';

export interface StoredBlob {
  sha256: string;
  sizeBytes: number;
}

/** Bytes by content. The same bytes are kept once; a blob never changes. */
export interface BlobStore {
  /** Streams `source` in. Throws `payload_too_large` past `sizeBytesMax`, `storage_full` when the disk is; keeps nothing then. */
  put(source: AsyncIterable<Uint8Array>, sizeBytesMax: number): Promise<StoredBlob>;
  /** Streams the bytes `start`…`end` (inclusive, default all) out. */
  read(sha256: string, range?: { start: number; end: number }): Promise<Readable>;
  /** Puts the bytes at `path`, which must not exist: linked where the disk allows it, else copied. For reading only. */
  place(sha256: string, path: string): Promise<void>;
  /** Removes the blobs below `prefix` (two hex digits) that are a day old and that nobody refers to. Returns how many. */
  sweep(prefix: string, nowMs: number, isReferenced: (sha256: string) => Promise<boolean>): Promise<number>;
}

/** An upload may be under way for hours before its row is written. */
const UNREFERENCED_KEPT_MS = 86_400_000;

const SHA256 = /^[0-9a-f]{64}$/;

/** What is read, and what is written, at once. */
const READ_BYTES = 262_144;
const PIECE_BYTES = 1_048_576;
/** So much is left to the disk while more comes in: what is gathered until the end is waited for then. */
const SYNC_EVERY_BYTES = 67_108_864;

/** Blobs as files `ab/abcd…` below a folder. Written beside, synced, then renamed: a crash leaves no half blob. */
export class DiskBlobStore implements BlobStore {
  readonly #folder: string;
  readonly #incoming: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#incoming = join(folder, 'incoming');
  }

  /** Makes the folders and removes what a crash left half-written more than a day ago. */
  async open(nowMs: number): Promise<void> {
    await mkdir(this.#incoming, { recursive: true });
    for (const name of await readdir(this.#incoming)) {
      const path = join(this.#incoming, name);
      const { mtimeMs } = await stat(path);
      if (nowMs - mtimeMs > 86_400_000) await rm(path, { force: true });
    }
  }

  async put(source: AsyncIterable<Uint8Array>, sizeBytesMax: number): Promise<StoredBlob> {
    const path = join(this.#incoming, randomUUID());
    try {
      const blob = await this.#writeIncoming(path, source, sizeBytesMax);
      const target = this.#pathOf(blob.sha256);
      if ((await mkdir(dirname(target), { recursive: true })) !== undefined) await syncFolder(this.#folder);
      await rename(path, target);
      await syncFolder(dirname(target));
      return blob;
    } catch (error) {
      await rm(path, { force: true });
      throw toStorageError(error);
    }
  }

  async read(sha256: string, range?: { start: number; end: number }): Promise<Readable> {
    if (!SHA256.test(sha256)) throw new Error('a blob is named by its SHA-256');
    const path = this.#pathOf(sha256);
    await stat(path);
    return createReadStream(path, { ...range, highWaterMark: READ_BYTES });
  }

  async place(sha256: string, path: string): Promise<void> {
    if (!SHA256.test(sha256)) throw new Error('a blob is named by its SHA-256');
    const source = this.#pathOf(sha256);
    await link(source, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EXDEV' && error.code !== 'EPERM' && error.code !== 'EMLINK') throw error;
      return copyFile(source, path);
    });
  }

  async sweep(prefix: string, nowMs: number, isReferenced: (sha256: string) => Promise<boolean>): Promise<number> {
    let swept = 0;
    for (const name of await listFolder(join(this.#folder, prefix))) {
      const path = join(this.#folder, prefix, name);
      const { mtimeMs } = await stat(path);
      if (!SHA256.test(name) || nowMs - mtimeMs < UNREFERENCED_KEPT_MS || (await isReferenced(name))) continue;
      await rm(path, { force: true });
      swept++;
    }
    return swept;
  }

  async #writeIncoming(path: string, source: AsyncIterable<Uint8Array>, sizeBytesMax: number): Promise<StoredBlob> {
    const hash = createHash('sha256');
    const file = await open(path, 'wx', 0o600);
    let sizeBytes = 0;
    let gathered: Uint8Array[] = [];
    let gatheredBytes = 0;
    let writing = Promise.resolve();
    let syncing = Promise.resolve();
    let syncedBytes = 0;
    // While one piece is written the next one comes in and is hashed.
    const flush = async () => {
      await writing;
      const pieces = gathered;
      gathered = [];
      gatheredBytes = 0;
      writing = writeAll(file, pieces);
      // Thrown where it is waited for; until then it is nobody's error.
      writing.catch(() => {});
    };
    try {
      for await (const chunk of source) {
        sizeBytes += chunk.byteLength;
        if (sizeBytes > sizeBytesMax) throw tooLarge(sizeBytesMax);
        hash.update(chunk);
        gathered.push(chunk);
        gatheredBytes += chunk.byteLength;
        if (gatheredBytes >= PIECE_BYTES) await flush();
        if (sizeBytes - syncedBytes >= SYNC_EVERY_BYTES) {
          syncedBytes = sizeBytes;
          await syncing;
          syncing = file.datasync();
          // As with what is written.
          syncing.catch(() => {});
        }
      }
      await flush();
      await writing;
      await syncing;
      await file.sync();
    } finally {
      await writing.catch(() => {});
      await syncing.catch(() => {});
      await file.close();
    }
    return { sha256: hash.digest('hex'), sizeBytes };
  }

  #pathOf(sha256: string): string {
    return join(this.#folder, sha256.slice(0, 2), sha256);
  }
}

async function writeAll(file: FileHandle, pieces: Uint8Array[]): Promise<void> {
  let left = pieces;
  while (left.length > 0) {
    let { bytesWritten } = await file.writev(left);
    // A disk may take less than it was given.
    const unwritten = left.findIndex((piece) => {
      if (bytesWritten < piece.byteLength) return true;
      bytesWritten -= piece.byteLength;
      return false;
    });
    if (unwritten === -1) return;
    left = [left[unwritten]?.subarray(bytesWritten) ?? new Uint8Array(), ...left.slice(unwritten + 1)];
  }
}

async function listFolder(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** The rename is durable only once the folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function tooLarge(sizeBytesMax: number): GuildhallError {
  return new GuildhallError('payload_too_large', {
    message: `The file is larger than ${sizeBytesMax} bytes.`,
    detail: { limit_bytes: sizeBytesMax },
  });
}

function toStorageError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ENOSPC' && code !== 'EDQUOT' && code !== 'EFBIG') return error;
  return new GuildhallError('storage_full', {
    message: 'The server has no room left for the file. Nothing was kept.',
    cause: error,
  });
}
