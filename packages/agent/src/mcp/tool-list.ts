import { setImmediate } from 'node:timers/promises';
import { clipText, type Json, type JsonObject } from '@guildhall/kernel';
import type { Client, Tool as RemoteToolDefinition } from '@modelcontextprotocol/client';
import type { ToolRisk } from '../dispatch/tool.ts';
import { usableSchema } from './tool-schema.ts';

/** A tool as its server tells of it, made fit for ours. */
export interface RemoteTool {
  /** As the server calls it. */
  name: string;
  description: string;
  inputSchema: JsonObject;
  risk: ToolRisk;
  /** What the client library wants to see of it in a call. */
  definition: RemoteToolDefinition;
}

/** The tools of a server, and what is to be said about those that were left out. */
export interface ToolList {
  tools: RemoteTool[];
  problems: string[];
}

const TOOLS_MAX = 64;
const PAGES_MAX = 20;
const NAME_CHARS_MAX = 200;
const DESCRIPTION_CHARS_MAX = 2_000;
const SCHEMA_CHARS_SHOWN = 1_000;

interface Page {
  tools?: unknown;
  nextCursor?: unknown;
}

/** One page, read leniently (a "standard schema"): one malformed tool among many must not hide the others. */
const anyPage: {
  '~standard': {
    version: 1;
    vendor: string;
    types?: { input: unknown; output: Page };
    validate: (value: unknown) => { value: Page };
  };
} = { '~standard': { version: 1, vendor: 'guildhall', validate: (value) => ({ value: value as Page }) } };

/** Asks a server for its tools, page by page, until there are enough. */
export async function fetchToolList(
  client: Client,
  options: { hide: (text: string) => string; timeoutMs: number; signal: AbortSignal },
): Promise<ToolList> {
  if (client.getServerCapabilities()?.tools === undefined)
    return { tools: [], problems: ['The server offers no tools.'] };
  const found = new Map<string, RemoteTool>();
  let malformed = 0;
  let cursor: string | undefined;
  let isMore = true;
  for (let page = 0; isMore && page < PAGES_MAX && found.size <= TOOLS_MAX; page++) {
    const answer = await client.request(
      { method: 'tools/list', ...(cursor === undefined ? {} : { params: { cursor } }) },
      anyPage,
      { signal: options.signal, timeout: options.timeoutMs },
    );
    for (const listed of Array.isArray(answer.tools) ? answer.tools : []) {
      if (found.size > TOOLS_MAX) break;
      // To compile a schema takes milliseconds: others may have the processor in between.
      await setImmediate();
      const tool = readTool(listed, options.hide);
      if (tool === undefined || found.has(tool.name)) malformed += 1;
      else found.set(tool.name, tool);
    }
    isMore = typeof answer.nextCursor === 'string' && answer.nextCursor !== cursor;
    cursor = isMore ? (answer.nextCursor as string) : undefined;
  }
  const problems: string[] = [];
  if (found.size > TOOLS_MAX || isMore)
    problems.push(
      `The server offers more than ${TOOLS_MAX} tools; the first ${Math.min(found.size, TOOLS_MAX)} are taken.`,
    );
  if (malformed > 0)
    problems.push(`${malformed} of the tools of the server are malformed or named twice, and left out.`);
  return { tools: [...found.values()].slice(0, TOOLS_MAX), problems };
}

function readTool(listed: unknown, hide: (text: string) => string): RemoteTool | undefined {
  if (!isObject(listed)) return undefined;
  const { name, inputSchema } = listed;
  if (typeof name !== 'string' || name === '' || name.length > NAME_CHARS_MAX || !isObject(inputSchema))
    return undefined;
  const { schema, isUnchecked } = usableSchema(inputSchema);
  const about = typeof listed.description === 'string' ? listed.description : '';
  const shown = isUnchecked ? `\n\nThe arguments, as the server describes them: ${beginningOf(inputSchema)}` : '';
  return {
    name,
    description: hide(
      `${clipText(about, DESCRIPTION_CHARS_MAX - shown.length)}${shown}`.toWellFormed().replaceAll('\0', ''),
    ),
    // A model takes only objects, whatever else a schema may describe.
    inputSchema: schema.type === 'object' ? schema : { ...schema, type: 'object' },
    risk: riskOf(isObject(listed.annotations) ? listed.annotations : {}),
    // Without the schema of its output: an answer that does not keep to it is still an answer for an agent.
    definition: { name, inputSchema: { ...inputSchema, type: 'object' } } as RemoteToolDefinition,
  };
}

/** The server was chosen by whoever runs the house, so what it says of its tools is believed; silence means the worst. */
function riskOf(annotations: JsonObject): ToolRisk {
  if (annotations.readOnlyHint === true) return 'read';
  if (annotations.openWorldHint === false && annotations.destructiveHint === false) return 'local';
  return 'outward';
}

function beginningOf(schema: JsonObject): string {
  try {
    return clipText(JSON.stringify(schema), SCHEMA_CHARS_SHOWN);
  } catch {
    return 'in a way that cannot be shown.';
  }
}

function isObject(value: unknown): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
