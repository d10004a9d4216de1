import { readdirSync, type Stats, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

const SKIPPED = new Set(['.git', '.obsidian', '.trash', '.DS_Store', 'node_modules']);

export interface LocalFile {
  path: string;
  /** Its place below what was named, that included: as it is shown. */
  name: string;
  /** Its place on this machine: the same file whatever was named, and another one of the same name another. */
  id: string;
  sizeBytes: number;
  changedAt: number;
}

/** A file, or all files below a folder in the order of their names; hidden ones and what tools keep for themselves are left out. */
export function localFiles(path: string): LocalFile[] {
  const whole = resolve(path);
  const stats = statSync(whole, { throwIfNoEntry: false });
  if (stats === undefined) throw new Error(`There is no file or folder "${path}".`);
  if (!stats.isDirectory()) return [localFile(whole, basename(whole), stats)];
  const files: LocalFile[] = [];
  const visit = (folder: string, name: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((one, other) =>
      one.name < other.name ? -1 : 1,
    )) {
      if (SKIPPED.has(entry.name) || entry.name.startsWith('.')) continue;
      const at = { path: join(folder, entry.name), name: `${name}/${entry.name}` };
      if (entry.isDirectory()) visit(at.path, at.name);
      else if (entry.isFile()) files.push(localFile(at.path, at.name, statSync(at.path)));
    }
  };
  visit(whole, basename(whole));
  return files;
}

function localFile(path: string, name: string, { size, mtimeMs }: Stats): LocalFile {
  return { path, name, id: fileId(path), sizeBytes: size, changedAt: Math.round(mtimeMs) };
}

/** A path as the memory knows it, whatever system it is of. */
export function fileId(path: string): string {
  return resolve(path).replaceAll('\\', '/');
}
