import { assertNever, clipText } from '@guildhall/kernel';
import type { Tools } from '../tools.ts';
import { filesNamedIn, missingFilesIn, readFiles, type TextFile } from './files.ts';
import type { Operation } from './intent.ts';
import {
  compareTexts,
  convert,
  countIn,
  extractFrom,
  findLines,
  parseTable,
  sumColumn,
  summarise,
} from './operations.ts';

/** What an operation brought: text to show, the files it read, and a file worth keeping. */
export interface Performed {
  text: string;
  sources: string[];
  quotes: { source: string; text: string }[];
  file?: { extension: string; content: string; basedOn: string };
}

/** Why it could not be done, as a question back to the person. */
export interface NotPerformed {
  ask: string;
}

const SHOWN_CHARS_MAX = 4_000;

/** Does an operation on the files that `text` names. */
export async function perform(operation: Operation, text: string, tools: Tools): Promise<Performed | NotPerformed> {
  if (operation.name === 'unclear') return { ask: operation.ask };
  const isSearch = operation.name === 'find';
  const missing = await missingFilesIn(text, tools);
  if (missing.length > 0 && operation.name !== 'convert')
    return {
      ask: `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not on the drive ("list files" shows what is).`,
    };
  const named = await filesNamedIn(text, tools);
  const names = named.length === 0 && isSearch ? await filesNamedIn('all files', tools) : named;
  if (operation.name === 'count' && operation.what === 'files') {
    const { files, truncated } = await tools.call('drive_list', {});
    return {
      text: `There are ${files.length}${truncated ? ' or more' : ''} files on the drive.`,
      sources: [],
      quotes: [],
    };
  }
  if (names.length === 0)
    return { ask: 'Which file do you mean? Name one that is on the drive ("list files" shows them).' };
  const files = await readFiles(names, tools);
  const done = apply(operation, files);
  return 'ask' in done ? done : { ...done, sources: files.map((file) => file.name) };
}

function apply(
  operation: Exclude<Operation, { name: 'unclear' }>,
  files: TextFile[],
): Omit<Performed, 'sources'> | NotPerformed {
  const [first, second] = files;
  if (first === undefined) return { ask: 'The files are empty or too large to read.' };
  const partial = files.some((file) => file.truncated) ? '\n\n(Only the beginning of a large file was read.)' : '';
  switch (operation.name) {
    case 'read':
      return plain(`${first.name}:\n\n${clip(first.text)}${partial}`);
    case 'summarise': {
      const parts = files.map((file) => ({ file, sentences: summarise(file.text) }));
      const shown = parts
        .map(({ file, sentences }) => `${file.name}, in its own words:\n${bullets(sentences)}`)
        .join('\n\n');
      return {
        text: shown + partial,
        quotes: parts.flatMap(({ file, sentences }) => sentences.map((text) => ({ source: file.name, text }))),
      };
    }
    case 'compare': {
      if (second === undefined) return { ask: 'Compare it with which other file?' };
      const { onlyA, onlyB, shared } = compareTexts(first, second);
      if (onlyA.length + onlyB.length === 0)
        return plain(`${first.name} and ${second.name} say the same: ${shared} lines.${partial}`);
      return plain(
        `${shared} lines are in both.\n\nOnly in ${first.name}:\n${bullets(onlyA)}\n\nOnly in ${second.name}:\n${bullets(onlyB)}${partial}`,
      );
    }
    case 'count': {
      const { what, needle } = operation;
      if (what === 'files') return plain(`${files.length} files.`);
      const of = needle === undefined ? '' : ` with "${needle}"`;
      const noTable = what === 'rows' ? files.find((file) => parseTable(file).columns.length === 0) : undefined;
      if (noTable !== undefined)
        return { ask: `${noTable.name} is no table (CSV, TSV or a JSON list), so it has no rows to count.` };
      const counts = files.map((file) => ({ file, count: countIn(file, what, needle) }));
      const total = counts.reduce((sum, { count }) => sum + count, 0);
      const lines = counts.map(({ file, count }) => `${file.name}: ${count} ${what}${of}`);
      return plain((files.length === 1 ? (lines[0] ?? '') : `${bullets(lines)}\n\nTogether: ${total}`) + partial);
    }
    case 'sum': {
      const result = sumColumn(first, operation.column);
      if (result === undefined) return { ask: `${first.name} has no column "${operation.column}".` };
      const skipped = result.skipped === 0 ? '' : ` (${result.skipped} rows hold no number there)`;
      return plain(
        `The sum of "${operation.column}" in ${first.name} is ${result.sum}, over ${result.rows} rows${skipped}.${partial}`,
      );
    }
    case 'find': {
      const matches = findLines(files, operation.needle);
      if (matches.length === 0 && operation.isExact !== true)
        return {
          ask: `"${operation.needle}" is in none of: ${files.map((file) => file.name).join(', ')}. Put the text that I am to look for in quotes.`,
        };
      if (matches.length === 0)
        return plain(`"${operation.needle}" is in none of: ${files.map((file) => file.name).join(', ')}.${partial}`);
      const shown = matches.map((match) => `${match.file}:${match.line}: ${match.text}`);
      return {
        text: `${bullets(shown)}${partial}`,
        quotes: matches.slice(0, 20).map((match) => ({ source: match.file, text: match.text })),
      };
    }
    case 'extract': {
      const found = files.flatMap((file) => extractFrom(file, operation.what, operation.column));
      const what = operation.column === undefined ? operation.what : `values of "${operation.column}"`;
      if (found.length === 0)
        return plain(`There are no ${what} in ${files.map((file) => file.name).join(', ')}.${partial}`);
      return plain(`${found.length} ${what}:\n${bullets(found)}${partial}`);
    }
    case 'convert': {
      const converted = convert(first, operation.to);
      if (converted === undefined)
        return { ask: `${first.name} is no table (CSV, TSV or a JSON list), so it cannot become ${operation.to}.` };
      return {
        text: `${first.name} as ${operation.to}:\n\n${clip(converted.text)}`,
        quotes: [],
        file: { extension: converted.extension, content: converted.text, basedOn: first.name },
      };
    }
    default:
      return assertNever(operation);
  }
}

function plain(text: string): Omit<Performed, 'sources'> {
  return { text, quotes: [] };
}

function bullets(lines: string[]): string {
  return lines.length === 0 ? '- (nothing)' : lines.map((line) => `- ${line}`).join('\n');
}

function clip(text: string): string {
  return text.length > SHOWN_CHARS_MAX
    ? `${clipText(text, SHOWN_CHARS_MAX)}\n… (${text.length} characters in all)`
    : text;
}
