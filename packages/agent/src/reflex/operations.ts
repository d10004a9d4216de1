import { contentWords, splitSentences, stem } from '@guildhall/kernel';
import Papa from 'papaparse';
import type { TextFile } from './files.ts';
import type { ExtractKind } from './intent.ts';

const MATCHES_MAX = 200;
const SUMMARY_SENTENCES = 5;

export interface Match {
  file: string;
  line: number;
  text: string;
}

/** Lines that contain the needle, whatever its case. */
export function findLines(files: TextFile[], needle: string): Match[] {
  const wanted = needle.toLowerCase();
  return files
    .flatMap(({ name, text }) =>
      text.split('\n').map((line, index) => ({ file: name, line: index + 1, text: line.trim() })),
    )
    .filter((match) => match.text.toLowerCase().includes(wanted))
    .slice(0, MATCHES_MAX);
}

export function countIn(file: TextFile, what: 'lines' | 'words' | 'characters' | 'rows', needle?: string): number {
  if (needle !== undefined) return findAll(file.text, needle, what);
  switch (what) {
    case 'lines':
      return file.text === '' ? 0 : file.text.replace(/\n$/, '').split('\n').length;
    case 'words':
      return file.text.match(/\S+/g)?.length ?? 0;
    case 'characters':
      return [...file.text].length;
    case 'rows':
      return parseTable(file).rows.length;
  }
}

function findAll(text: string, needle: string, what: string): number {
  const lines = text.split('\n').filter((line) => line.toLowerCase().includes(needle.toLowerCase()));
  if (what === 'lines' || what === 'rows') return lines.length;
  return lines.reduce((sum, line) => sum + line.toLowerCase().split(needle.toLowerCase()).length - 1, 0);
}

const PATTERNS: Record<Exclude<ExtractKind, 'column'>, RegExp> = {
  emails: /[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu,
  urls: /https?:\/\/[^\s<>"')\]]+[^\s<>"')\].,;:!?]/g,
  dates:
    /\b(?:\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* \d{4}|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* \d{1,2},? \d{4})\b/g,
  numbers: /(?<![\p{L}\p{N}_.])-?\d{1,3}(?:[,\d]{0,20}\d)?(?:\.\d+)?(?![\p{L}\p{N}_])/gu,
  headings: /^#{1,6} .+$/gm,
  todos: /^[ \t]{0,40}(?:[-*] \[ \] .+|(?:TODO|FIXME|ACTION)\b.*)$/gm,
};

/** Everything of a kind that a file contains, in order, without repeats. */
export function extractFrom(file: TextFile, what: ExtractKind, column?: string): string[] {
  if (what === 'column') {
    const table = parseTable(file);
    const key = columnOf(table.columns, column ?? '');
    return key === undefined ? [] : table.rows.map((row) => row[key] ?? '');
  }
  return [...new Set((file.text.match(PATTERNS[what]) ?? []).map((found) => found.trim()))];
}

/** A cell as a number, with either decimal sign: `1,200.50`, `1.200,50`, `1,50`. NaN when it is none. */
function numberIn(cell: string): number {
  const bare = cell.replaceAll(/[\s$€£%]/g, '');
  if (bare === '') return Number.NaN;
  const hasDecimalComma = /,\d{1,2}$/.test(bare) || /^-?\d{1,3}(?:\.\d{3})+,\d+$/.test(bare);
  return Number(hasDecimalComma ? bare.replaceAll('.', '').replace(',', '.') : bare.replaceAll(',', ''));
}

/** The sum of a column's numbers; undefined when there is no such column. */
export function sumColumn(file: TextFile, column: string): { sum: number; rows: number; skipped: number } | undefined {
  const table = parseTable(file);
  const key = columnOf(table.columns, column);
  if (key === undefined) return undefined;
  const numbers = table.rows.map((row) => numberIn(row[key] ?? ''));
  const good = numbers.filter((value) => Number.isFinite(value));
  return {
    sum: Math.round(good.reduce((total, value) => total + value, 0) * 100) / 100,
    rows: numbers.length,
    skipped: numbers.length - good.length,
  };
}

/** The sentences that carry most of a text's frequent words, in their own order. */
export function summarise(text: string): string[] {
  const sentences = splitSentences(text.replaceAll(/^```[\s\S]*?^```/gm, ''))
    .map((sentence) => sentence.replace(/^[-*>\s]+/, ''))
    .filter((sentence) => sentence.length > 30 && !/^[#|`]/.test(sentence));
  const frequency = new Map<string, number>();
  const wordsOf = sentences.map((sentence) => contentWords(sentence).map(stem));
  for (const words of wordsOf) for (const word of words) frequency.set(word, (frequency.get(word) ?? 0) + 1);
  const scored = sentences.map((sentence, index) => {
    const words = wordsOf[index] ?? [];
    const weight = words.reduce((sum, word) => sum + (frequency.get(word) ?? 0), 0) / (words.length + 4);
    return { sentence, index, weight: weight * (index === 0 ? 1.5 : 1) };
  });
  return scored
    .sort((a, b) => b.weight - a.weight || a.index - b.index)
    .slice(0, SUMMARY_SENTENCES)
    .sort((a, b) => a.index - b.index)
    .map(({ sentence }) => sentence);
}

/** Lines that only one of two texts has. */
export function compareTexts(a: TextFile, b: TextFile): { onlyA: string[]; onlyB: string[]; shared: number } {
  const linesOf = (file: TextFile) =>
    new Set(
      file.text
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== ''),
    );
  const [left, right] = [linesOf(a), linesOf(b)];
  return {
    onlyA: [...left].filter((line) => !right.has(line)).slice(0, MATCHES_MAX),
    onlyB: [...right].filter((line) => !left.has(line)).slice(0, MATCHES_MAX),
    shared: [...left].filter((line) => right.has(line)).length,
  };
}

export interface Table {
  columns: string[];
  rows: Record<string, string>[];
}

/** CSV, TSV or a JSON array of objects → rows. A text that is no table has no columns. */
export function parseTable(file: TextFile): Table {
  const trimmed = file.text.trim();
  if (trimmed.startsWith('[')) {
    try {
      const data: unknown = JSON.parse(trimmed);
      if (Array.isArray(data)) return fromObjects(data.filter((row) => typeof row === 'object' && row !== null));
    } catch {
      // Not JSON after all: read as a table of text below.
    }
  }
  if (/\.jsonl?$/i.test(file.name)) return { columns: [], rows: [] };
  const parsed = Papa.parse<Record<string, string>>(trimmed, { header: true, skipEmptyLines: true });
  return { columns: parsed.meta.fields ?? [], rows: parsed.data };
}

function fromObjects(objects: Record<string, unknown>[]): Table {
  const columns = [...new Set(objects.flatMap((row) => Object.keys(row)))];
  const cell = (value: unknown) =>
    value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
  return {
    columns,
    rows: objects.map((row) => Object.fromEntries(columns.map((column) => [column, cell(row[column])]))),
  };
}

function columnOf(columns: string[], wanted: string): string | undefined {
  const lower = wanted.toLowerCase();
  return (
    columns.find((column) => column.toLowerCase() === lower) ??
    columns.find((column) => column.toLowerCase().includes(lower))
  );
}

/** A file in another form, with its new extension; undefined when its content cannot take that form. */
export function convert(
  file: TextFile,
  to: 'json' | 'csv' | 'markdown' | 'text',
): { text: string; extension: string } | undefined {
  if (to === 'text') return { text: plainText(file.text), extension: 'txt' };
  const table = parseTable(file);
  if (table.columns.length === 0 || table.rows.length === 0) return undefined;
  if (to === 'json') return { text: `${JSON.stringify(table.rows, null, 2)}\n`, extension: 'json' };
  if (to === 'csv')
    return {
      text: `${Papa.unparse({ fields: table.columns, data: table.rows }, { newline: '\n' })}\n`,
      extension: 'csv',
    };
  const line = (cells: string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  const rows = table.rows.map((row) => line(table.columns.map((column) => row[column] ?? '')));
  return {
    text: `${[line(table.columns), line(table.columns.map(() => '---')), ...rows].join('\n')}\n`,
    extension: 'md',
  };
}

function plainText(markdown: string): string {
  return markdown
    .replaceAll(/^#{1,6} +/gm, '')
    .replaceAll(/!?\[([^\]\n]{0,300})\]\([^)\n]{0,1000}\)/g, '$1')
    .replaceAll(/(\*\*|__|`)(.{1,300}?)\1/g, '$2')
    .replaceAll(/<[^>\n]{1,200}>/g, '');
}
