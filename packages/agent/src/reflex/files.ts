import type { Tools } from '../tools.ts';

export interface TextFile {
  name: string;
  text: string;
  truncated: boolean;
}

const FILES_READ_MAX = 50;
const CHARACTERS_READ_MAX = 10_000_000;

/** The files that a text names: by full name, by last part, by `*.ext`, or all of them. Longest names first, so `a.md` is not taken for `data.md`. */
export async function filesNamedIn(text: string, tools: Tools): Promise<string[]> {
  const { files } = await tools.call('drive_list', {});
  const lower = text.toLowerCase();
  const extension = /\*\.([a-z0-9]{1,8})\b/i.exec(text)?.[1]?.toLowerCase();
  if (extension !== undefined)
    return files.map((file) => file.name).filter((name) => name.toLowerCase().endsWith(`.${extension}`));
  const named = files
    .map((file) => file.name)
    .filter((name) => isNamed(lower, name.toLowerCase()) || isNamed(lower, lastPart(name.toLowerCase())));
  if (named.length > 0) return named.sort((a, b) => positionOf(lower, a) - positionOf(lower, b));
  if (/\b(?:all|every|each|the)\s+(?:\w+\s+)?(?:files?|documents?|docs)\b|\bthe drive\b|\beverywhere\b/i.test(text)) {
    return files.filter((file) => file.searchable && !file.name.startsWith('results/')).map((file) => file.name);
  }
  return [];
}

function isNamed(lower: string, name: string): boolean {
  const at = lower.indexOf(name);
  if (at === -1) return false;
  const before = lower[at - 1] ?? ' ';
  const after = lower.slice(at + name.length);
  return !/[\p{L}\p{N}_-]/u.test(before) && !/^(?:[\p{L}\p{N}_-]|\.[\p{L}\p{N}])/u.test(after);
}

function positionOf(lower: string, name: string): number {
  const full = lower.indexOf(name.toLowerCase());
  return full === -1 ? lower.indexOf(lastPart(name.toLowerCase())) : full;
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** Reads files, a bounded number and amount. */
export async function readFiles(names: string[], tools: Tools): Promise<TextFile[]> {
  const files: TextFile[] = [];
  let characters = 0;
  for (const name of names.slice(0, FILES_READ_MAX)) {
    const { text, truncated } = await tools.call('drive_read', { name });
    characters += text.length;
    if (characters > CHARACTERS_READ_MAX) break;
    files.push({ name, text, truncated });
  }
  return files;
}
