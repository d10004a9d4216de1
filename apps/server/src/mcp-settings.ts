import type { McpServerSettings } from '@guildhall/agent';

/** A server that the operator has, and who may use it. */
export interface McpEntry {
  settings: McpServerSettings;
  /** Ids of offices; undefined for all. */
  offices: readonly string[] | undefined;
}

export type McpTable = Readonly<Record<string, McpEntry>>;

const NAME = /^[a-z0-9-]{1,40}$/;

/** What stands in the file that programs of this kind share: `{"mcpServers": {"name": {"command" | "url", …}}}`. */
export interface McpFile {
  mcpServers: Record<
    string,
    {
      command?: string;
      args?: string[];
      env?: Record<string, string>;
      url?: string;
      headers?: Record<string, string>;
      /** Ours: the offices that may use it. */
      offices?: string[];
    }
  >;
}

export const MCP_FILE_SHAPE =
  'a JSON file {"mcpServers": {"<a-z, 0-9, ->": {"command", "args", "env"} or {"url", "headers"}, with "offices": [ids] to keep it to some}}';

export function isMcpFile(value: unknown): value is McpFile {
  if (!isRecord(value) || !isRecord(value.mcpServers)) return false;
  return Object.entries(value.mcpServers).every(([name, entry]) => {
    if (!NAME.test(name) || !isRecord(entry)) return false;
    const isProgram = typeof entry.command === 'string' && areTexts(entry.args ?? []) && isTextRecord(entry.env ?? {});
    const isAddress =
      typeof entry.url === 'string' && /^https?:\/\//.test(entry.url) && isTextRecord(entry.headers ?? {});
    return isProgram !== isAddress && areTexts(entry.offices ?? []);
  });
}

export function readMcpTable(file: McpFile | undefined): McpTable {
  const entries = Object.entries(file?.mcpServers ?? {}).map(([name, entry]): [string, McpEntry] => [
    name,
    {
      offices: entry.offices,
      settings:
        entry.command === undefined
          ? { transport: 'http', url: entry.url ?? '', headers: entry.headers ?? {} }
          : { transport: 'stdio', command: entry.command, args: entry.args ?? [], environment: entry.env ?? {} },
    },
  ]);
  return Object.fromEntries(entries);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isTextRecord(value: unknown): boolean {
  return isRecord(value) && areTexts(Object.values(value));
}
