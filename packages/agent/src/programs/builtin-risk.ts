import { isAbsolute, relative, resolve } from 'node:path';
import type { JsonObject } from '@guildhall/kernel';
import type { ToolRisk } from '../dispatch/tool.ts';

/** Where the program works, and whether something holds it there. */
export interface BuiltInPlace {
  /** The program's working folder as it names it itself; undefined until it has. */
  folder: string | undefined;
  isSandboxed: boolean;
}

const READS = new Set(['Read', 'Glob', 'Grep', 'LS', 'TodoWrite']);
const WRITES = new Set(['Write', 'Edit', 'MultiEdit', 'NotebookEdit']);
const PATH_FIELDS = ['file_path', 'notebook_path', 'path'];

/** What the office's policy calls a tool that the program brings along: its shell is a shell like ours. */
export function builtInName(tool: string): string {
  return tool === 'Bash'
    ? 'shell'
    : `claude_${tool
        .toLowerCase()
        .replaceAll(/[^a-z0-9_]/g, '_')
        .slice(0, 60)}`;
}

/** How much harm a call of such a tool can do. Outside of the workspace, everything counts as outward. */
export function riskOfBuiltIn(tool: string, input: JsonObject, place: BuiltInPlace): ToolRisk {
  if (tool === 'Bash') return place.isSandboxed ? 'local' : 'outward';
  if (!READS.has(tool) && !WRITES.has(tool)) return 'outward';
  if (!isInside(tool, input, place.folder)) return 'outward';
  return READS.has(tool) ? 'read' : 'local';
}

function isInside(tool: string, input: JsonObject, folder: string | undefined): boolean {
  // The pattern of Glob is a path too: `/etc/*`, `../../*`.
  const fields = tool === 'Glob' ? [...PATH_FIELDS, 'pattern'] : PATH_FIELDS;
  const paths = fields.map((field) => input[field]).filter((path) => typeof path === 'string');
  return paths.every((path) => {
    if (folder === undefined) return !isAbsolute(path) && !path.split('/').includes('..');
    const way = relative(folder, resolve(folder, path));
    return way === '' || (!way.startsWith('..') && !isAbsolute(way));
  });
}
