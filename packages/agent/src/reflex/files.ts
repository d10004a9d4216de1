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
  const kind = /\b(?:all|every|each|the)\s+([a-z0-9]{1,8})\s+files?\b/i.exec(text)?.[1]?.toLowerCase();
  const ofKind = files.map((file) => file.name).filter((name) => name.toLowerCase().endsWith(`.${kind}`));
  if (ofKind.length > 0) return ofKind;
  if (/\b(?:all|every|each|the)\s+(?:\w+\s+)?(?:files?|documents?|docs)\b|\bthe drive\b|\beverywhere\b/i.test(text)) {
    return files.filter((file) => file.searchable && !file.name.startsWith('results/')).map((file) => file.name);
  }
  return [];
}

/** What is written like the name of a file; what it is to be written to, is not there yet. */
const LIKE_A_FILE =
  /(?<![\p{L}\p{N}_/.@:-])(?<!\b(?:to|into|as|called|named)\s)[\p{L}\p{N}_-][\p{L}\p{N}_./-]{0,200}\.(?:md|txt|csv|tsv|jsonl?|xml|ya?ml|html?|pdf|docx?|xlsx?|log|rtf|ics|eml|mbox|vcf)\b/giu;

/** The files that a text names and that are not on the drive. */
export async function missingFilesIn(text: string, tools: Tools): Promise<string[]> {
  const written = (text.replaceAll(/["“'`][^"”'`]{1,200}["”'`]/g, ' ').match(LIKE_A_FILE) ?? []).slice(0, 20);
  if (written.length === 0) return [];
  const { files, truncated } = await tools.call('drive_list', {});
  if (truncated) return [];
  const known = new Set(files.flatMap(({ name }) => [name.toLowerCase(), lastPart(name.toLowerCase())]));
  return [...new Set(written)].filter((name) => !known.has(name.toLowerCase()));
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
