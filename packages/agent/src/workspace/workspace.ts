import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { newId } from '@guildhall/kernel';
import { ToolError } from '../tools.ts';

const READ_BYTES_MAX = 2_000_000;
const ENTRIES_MAX = 2_000;
const PATH_CHARS_MAX = 1_000;
/** How the name of a file ends that is being written. */
const PARTIAL = '.guildhall-part';
/** Longer than any write takes: what is older was left by a process that died in the middle of one. */
const LEFT_BEHIND_MS = 600_000;

/**
 * The folder of one agent. Nothing outside of it can be named: not by `..`, not by an absolute path, not by a symbolic link
 * that something in a sandbox has left there.
 */
export class Workspace {
  readonly root: string;
  readonly #tidied = new Set<string>();

  constructor(root: string) {
    this.root = root;
  }

  async open(): Promise<void> {
    await mkdir(this.root, { recursive: true, mode: 0o700 });
  }

  /** Whether there is a file of that name at the top. */
  async has(name: string): Promise<boolean> {
    return (await statOf(this.#resolve(name))) !== undefined;
  }

  /** The text of a file. Throws `ToolError` when there is none, or when it is no text or too large. */
  async read(path: string): Promise<string> {
    const handle = await this.#openFile(path, constants.O_RDONLY);
    try {
      const { size } = await handle.stat();
      if (size > READ_BYTES_MAX)
        throw new ToolError('workspace_read', `"${path}" has ${size} bytes; at most ${READ_BYTES_MAX} can be read.`);
      const bytes = await handle.readFile();
      if (bytes.includes(0)) throw new ToolError('workspace_read', `"${path}" is not a text file.`);
      return bytes.toString('utf8').toWellFormed();
    } finally {
      await handle.close();
    }
  }

  /** Writes a file whole or not at all; makes the folders above it. */
  async write(path: string, content: string | Uint8Array): Promise<{ size_bytes: number }> {
    const target = this.#resolve(path);
    if (target === this.root) throw new ToolError('workspace_write', `"${path}" is a folder.`);
    await this.#makeFolder(dirname(target));
    await this.#refuseOutside(dirname(target), path);
    const existing = await statOf(target);
    if (existing?.isDirectory() === true) throw new ToolError('workspace_write', `"${path}" is a folder.`);
    // A name of its own: a run that was taken away may still be writing when the next one begins.
    const temporary = join(dirname(target), `.${newId()}${PARTIAL}`);
    const handle = await open(temporary, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
    let writtenAtMs: number;
    try {
      try {
        await handle.writeFile(content);
        await handle.sync();
        writtenAtMs = (await handle.stat()).mtimeMs;
      } finally {
        await handle.close();
      }
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await this.#tidy(dirname(target), writtenAtMs);
    return { size_bytes: Buffer.byteLength(content) };
  }

  /** Everything below a folder, files first found first, links not followed. */
  async list(path = '.'): Promise<{ entries: { path: string; size_bytes: number }[]; truncated: boolean }> {
    const start = this.#resolve(path);
    await this.#refuseOutside(start, path);
    if (!(await lstat(start)).isDirectory()) throw new ToolError('workspace_list', `"${path}" is not a folder.`);
    const entries: { path: string; size_bytes: number }[] = [];
    const folders = [start];
    for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
      for (const entry of await readdir(folder, { withFileTypes: true })) {
        const full = join(folder, entry.name);
        if (entry.isDirectory()) folders.push(full);
        if (!entry.isFile() || entry.name.endsWith(PARTIAL)) continue;
        if (entries.length >= ENTRIES_MAX) return { entries, truncated: true };
        entries.push({ path: relative(this.root, full), size_bytes: (await lstat(full)).size });
      }
    }
    return { entries, truncated: false };
  }

  /** Removes what writes that were broken off have left in a folder; looks there once. */
  async #tidy(folder: string, nowMs: number): Promise<void> {
    if (this.#tidied.has(folder)) return;
    this.#tidied.add(folder);
    for (const name of await readdir(folder)) {
      if (!name.endsWith(PARTIAL)) continue;
      const found = await statOf(join(folder, name));
      if (found?.isFile() === true && found.mtimeMs < nowMs - LEFT_BEHIND_MS)
        await rm(join(folder, name), { force: true });
    }
  }

  async #openFile(path: string, flags: number): Promise<FileHandle> {
    const target = this.#resolve(path);
    await this.#refuseOutside(dirname(target), path);
    try {
      const handle = await open(target, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      if ((await handle.stat()).isFile()) return handle;
      await handle.close();
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'ENOENT' || code === 'ENOTDIR')
        throw new ToolError('workspace_read', `There is no file "${path}" in the workspace.`);
      if (code !== 'ELOOP') throw error;
    }
    throw new ToolError('workspace_read', `"${path}" is not a file.`);
  }

  #resolve(path: string): string {
    const isBad = path === '' || path.length > PATH_CHARS_MAX || path.includes('\0') || path.startsWith('/');
    const joined = isBad ? '' : join(this.root, path);
    const target = joined.endsWith(sep) ? joined.slice(0, -1) : joined;
    const isInside = target === this.root || target.startsWith(this.root + sep);
    if (isBad || !isInside)
      throw new ToolError('workspace_read', `"${path.slice(0, 200)}" is no path in the workspace.`);
    return target;
  }

  /** A folder on the way may be a link to somewhere else. */
  async #refuseOutside(folder: string, path: string): Promise<void> {
    const [real, root] = await Promise.all([ifThere(realpath(folder)), realpath(this.root)]);
    if (real === undefined) throw new ToolError('workspace_read', `There is no folder for "${path}" in the workspace.`);
    if (real !== root && !real.startsWith(root + sep))
      throw new ToolError('workspace_read', `"${path}" leads out of the workspace.`);
  }

  /** Folder by folder, each looked at before the next: a recursive mkdir would follow a link. */
  async #makeFolder(folder: string): Promise<void> {
    if (folder === this.root) return;
    await this.#makeFolder(dirname(folder));
    await this.#refuseOutside(dirname(folder), relative(this.root, folder));
    await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/** What stands under a path; undefined for nothing. */
function statOf(path: string): Promise<Stats | undefined> {
  return ifThere(lstat(path));
}

/** Undefined where nothing is; what may not be looked at is no such thing. */
async function ifThere<Found>(look: Promise<Found>): Promise<Found | undefined> {
  try {
    return await look;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
