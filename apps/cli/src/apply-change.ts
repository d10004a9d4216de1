import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Change } from './coding-tools.ts';

const SERVER = 'cortex-memory';
const BEGIN = 'guildhall memory: begin';
const END = 'guildhall memory: end';

export type Outcome = 'written' | 'unchanged' | 'removed' | 'absent';

/** Puts a change into its file; the same again changes nothing, and what others wrote there stays. */
export function applyChange(change: Change, isDryRun: boolean): Outcome {
  const before = read(change.path);
  const after =
    change.kind === 'file'
      ? change.text
      : change.kind === 'block'
        ? withBlock(before, change)
        : withServer(before, change);
  if (before === after) return 'unchanged';
  if (!isDryRun) write(change.path, after);
  return 'written';
}

/** Takes it out again. A file that held nothing else goes. */
export function revertChange(change: Change, isDryRun: boolean): Outcome {
  const before = read(change.path);
  if (before === undefined) return 'absent';
  const after =
    change.kind === 'file' ? '' : change.kind === 'block' ? withoutBlock(before) : withoutServer(before, change.path);
  if (before === after) return 'absent';
  if (isDryRun) return 'removed';
  if (after.trim() === '') rmSync(change.path);
  else write(change.path, after);
  return 'removed';
}

function read(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function withBlock(before: string | undefined, { text, comment }: Extract<Change, { kind: 'block' }>): string {
  const mark = (words: string) => (comment === 'html' ? `<!-- ${words} -->` : `# ${words}`);
  const block = `${mark(BEGIN)}\n${text.trimEnd()}\n${mark(END)}\n`;
  if (before === undefined) return block;
  const rest = withoutBlock(before);
  if (rest !== before) {
    // Where it stood, it stands again.
    const at = before.split('\n').findIndex((line) => line.includes(BEGIN));
    const lines = rest.split('\n');
    return [...lines.slice(0, at), ...block.trimEnd().split('\n'), ...lines.slice(at)].join('\n');
  }
  return before.trim() === '' ? block : `${before.replace(/\n*$/, '\n\n')}${block}`;
}

function withoutBlock(text: string): string {
  const lines = text.split('\n');
  const begin = lines.findIndex((line) => line.includes(BEGIN));
  const end = lines.findIndex((line, index) => index > begin && line.includes(END));
  if (begin === -1 || end === -1) return text;
  return [...lines.slice(0, begin), ...lines.slice(end + 1)].join('\n');
}

type Config = { mcpServers?: Record<string, unknown> } & Record<string, unknown>;

function withServer(before: string | undefined, { path, server }: Extract<Change, { kind: 'json' }>): string {
  const config = parse(before, path);
  const { command, args, env } = server;
  const servers = { ...(config.mcpServers ?? {}), [SERVER]: { command, args, env } };
  return `${JSON.stringify({ ...config, mcpServers: servers }, null, 2)}\n`;
}

function withoutServer(before: string, path: string): string {
  const config = parse(before, path);
  if (config.mcpServers?.[SERVER] === undefined) return before;
  const { [SERVER]: _, ...servers } = config.mcpServers;
  const { mcpServers: __, ...rest } = config;
  const left = Object.keys(servers).length === 0 ? rest : { ...rest, mcpServers: servers };
  return Object.keys(left).length === 0 ? '' : `${JSON.stringify(left, null, 2)}\n`;
}

/** Throws rather than lose what somebody wrote in a way that we cannot read. */
function parse(text: string | undefined, path: string): Config {
  if (text === undefined || text.trim() === '') return {};
  try {
    const config: unknown = JSON.parse(text);
    if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config as Config;
  } catch {
    // Said below, with the path.
  }
  throw new Error(
    `${path} is not plain JSON, so it was left as it is. Add the server "${SERVER}" by hand, or mend the file.`,
  );
}
