import { type CallToolResult, Server, type Tool } from '@modelcontextprotocol/server';
import { Value } from 'typebox/value';
import { type CortexTool, cortexTools, type MemoryRequest } from './cortex-tools.ts';

/** Sends a request to the memory; answers with its JSON, or throws an `Error` whose message may be shown. */
export type CallMemory = (request: MemoryRequest) => Promise<unknown>;

/** An MCP server with the memory's tools, as `agent`. Holds nothing: any number may be made. */
export function cortexServer(call: CallMemory, version: string, agent: string | undefined): Server {
  const server = new Server({ name: 'cortex-memory', version }, { capabilities: { tools: {} } });
  server.setRequestHandler('tools/list', () => ({
    tools: cortexTools.map(({ name, description, input, isReadOnly }) => ({
      name,
      description,
      // As plain JSON Schema: the library that made it leaves marks of its own.
      inputSchema: JSON.parse(JSON.stringify(input)) as Tool['inputSchema'],
      annotations: {
        readOnlyHint: isReadOnly,
        openWorldHint: false,
        ...(isReadOnly ? {} : { destructiveHint: name === 'cortex_forget' }),
      },
    })),
  }));
  server.setRequestHandler('tools/call', async ({ params }): Promise<CallToolResult> => {
    const tool = cortexTools.find(({ name }) => name === params.name);
    if (tool === undefined) return failed(`There is no tool "${params.name}".`);
    const input = params.arguments ?? {};
    const [problem] = Value.Errors(tool.input, input);
    if (problem !== undefined) return failed(`${fieldOf(problem)} ${problem.message}. ${usageOf(tool)}`);
    try {
      const answer = await call(tool.request(input, agent));
      // Clients in the field read either.
      return {
        content: [{ type: 'text', text: JSON.stringify(answer) }],
        structuredContent: answer as Record<string, unknown>,
      };
    } catch (error) {
      return failed(error instanceof Error ? error.message : 'It failed.');
    }
  });
  return server;
}

/** Where the input is wrong: `since`, `turns/0/text`, or the whole of it. */
function fieldOf({ instancePath }: { instancePath: string }): string {
  return instancePath === '' ? 'The input' : instancePath.slice(1);
}

function usageOf({ name, input }: CortexTool): string {
  const names = Object.keys(input.properties);
  if (names.length === 0) return `${name} takes nothing.`;
  const required = new Set(input.required ?? []);
  return `${name} takes ${names.map((field) => (required.has(field) ? field : `${field} (may be left out)`)).join(', ')}.`;
}

function failed(text: string): CallToolResult {
  return { content: [{ type: 'text', text }], isError: true };
}
