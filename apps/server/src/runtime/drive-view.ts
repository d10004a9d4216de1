import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { newId } from '@guildhall/kernel';
import type { Context } from '../domain/context/index.ts';
import { listFiles } from '../domain/drive/index.ts';

const FILES_MAX = 5_000;
const PAGE_FILES = 500;

/**
 * The drive of an office as a folder, for commands to read: each file linked from the blobs. It is brought up to date when
 * somebody is about to look, and only by what has changed since this process looked last.
 */
export class DriveView {
  readonly folder: string;
  /** Whose view it is; undefined for one that is shared, which holds what nobody is kept from. */
  readonly #agentId: string | undefined;
  /** What stands in the folder, name → content. Undefined until this process has made it. */
  #shown: Map<string, string> | undefined;
  #busy: Promise<void> = Promise.resolve();

  constructor(folder: string, agentId: string | undefined) {
    this.folder = folder;
    this.#agentId = agentId;
  }

  /** One at a time: two commands of an office may start at the same moment. */
  refresh(context: Context, officeId: string): Promise<void> {
    const refreshed = this.#busy.then(() => this.#refresh(context, officeId));
    this.#busy = refreshed.catch(() => {});
    return refreshed;
  }

  async #refresh(context: Context, officeId: string): Promise<void> {
    const wanted = await filesOf(context, officeId, this.#agentId);
    if (this.#shown === undefined) {
      // What an earlier process left says nothing about what it was made from.
      await rm(this.folder, { recursive: true, force: true });
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      this.#shown = new Map();
    }
    for (const name of [...this.#shown.keys()]) {
      if (wanted.has(name)) continue;
      await rm(join(this.folder, name), { force: true });
      await this.#removeEmpty(dirname(name));
      this.#shown.delete(name);
    }
    for (const [name, sha256] of wanted) {
      if (this.#shown.get(name) === sha256) continue;
      // A name may be a file and a folder on the drive, never on a disk: what cannot be shown there is left out.
      if (await this.#show(context, name, sha256)) this.#shown.set(name, sha256);
    }
  }

  async #show(context: Context, name: string, sha256: string): Promise<boolean> {
    const target = join(this.folder, name);
    const temporary = join(this.folder, `.${newId()}.part`);
    try {
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      await context.house.blobs.place(sha256, temporary);
      await rename(temporary, target);
      return true;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (!['EEXIST', 'ENOTDIR', 'EISDIR', 'ENOTEMPTY', 'ENAMETOOLONG'].includes(code)) throw error;
      await rm(temporary, { force: true });
      return false;
    }
  }

  async #removeEmpty(name: string): Promise<void> {
    if (name === '.' || (await readdir(join(this.folder, name)).catch(() => ['unknown'])).length > 0) return;
    await rmdir(join(this.folder, name));
    await this.#removeEmpty(dirname(name));
  }
}

/** The newest names first wins nothing: the drive's own order, up to a number that a folder can hold well. */
async function filesOf(context: Context, officeId: string, agentId: string | undefined): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  let cursor: string | undefined;
  do {
    const reader = agentId === undefined ? { onlyOpen: true } : { asAgentId: agentId };
    const page = { limit: PAGE_FILES, ...reader, ...(cursor === undefined ? {} : { cursor }) };
    const { items, nextCursor } = await listFiles(context, officeId, page);
    for (const { name, sha256 } of items) files.set(name, sha256);
    cursor = nextCursor;
  } while (cursor !== undefined && files.size < FILES_MAX);
  return files;
}
