import { readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

const SKIPPED = new Set(['.git', '.obsidian', '.trash', '.DS_Store', 'node_modules']);

export interface LocalFile {
  path: string;
  /** Its place below what was named, that included: the same wherever the command is run. */
  name: string;
  sizeBytes: number;
}

/** A file, or all files below a folder in the order of their names; hidden ones and what tools keep for themselves are left out. */
export function localFiles(path: string): LocalFile[] {
  const whole = resolve(path);
  const { size } = statSync(whole);
  if (!statSync(whole).isDirectory()) return [{ path: whole, name: basename(whole), sizeBytes: size }];
  const files: LocalFile[] = [];
  const visit = (folder: string, name: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((one, other) =>
      one.name < other.name ? -1 : 1,
    )) {
      if (SKIPPED.has(entry.name) || entry.name.startsWith('.')) continue;
      const at = { path: join(folder, entry.name), name: `${name}/${entry.name}` };
      if (entry.isDirectory()) visit(at.path, at.name);
      else if (entry.isFile()) files.push({ ...at, sizeBytes: statSync(at.path).size });
    }
  };
  visit(whole, basename(whole));
  return files;
}
