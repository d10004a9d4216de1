import { spawn } from 'node:child_process';
import { type CallToolResult, Server, type Tool } from '@modelcontextprotocol/server';

/** What a peer offers: a few tools for the tests, many tools on several pages, tools with malformed descriptions, or none. */
export type PeerKind = 'plain' | 'many' | 'hostile' | 'heavy' | 'silent';

const PAGE = 10;
const anything = { type: 'object' as const };

/** The schema of `echo`, which has to reach an agent as it is. */
export const echoSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object' as const,
  properties: { text: { type: 'string' as const, maxLength: 100, description: 'What to say' } },
  required: ['text'],
};

function deep(levels: number): object {
  return levels === 0 ? { type: 'string' } : { type: 'array', items: deep(levels - 1) };
}

const tools: Record<Exclude<PeerKind, 'silent'>, unknown[]> = {
  plain: [
    { name: 'echo', description: 'Says it again', inputSchema: echoSchema, annotations: { readOnlyHint: true } },
    { name: 'fail', inputSchema: anything, annotations: { openWorldHint: false, destructiveHint: false } },
    { name: 'surroundings', description: `d`.repeat(5_000), inputSchema: anything },
    { name: 'everything', inputSchema: anything, outputSchema: { type: 'object', required: ['never'] } },
    { name: 'wait', inputSchema: anything },
    { name: 'times_cancelled', inputSchema: anything },
    { name: 'die', inputSchema: anything },
    { name: 'flood', inputSchema: anything },
    { name: 'descend', inputSchema: anything },
    { name: 'start_child', inputSchema: anything },
    { name: 'learn', inputSchema: anything },
    { name: 'dots.and/slashes', inputSchema: anything },
    { name: 'dots_and/slashes', inputSchema: anything },
    { name: `long_${'n'.repeat(100)}`, inputSchema: anything },
  ],
  heavy: [
    { name: 'hold', inputSchema: anything },
    { name: 'spin', inputSchema: anything },
  ],
  many: Array.from({ length: 70 }, (_, index) => ({ name: `tool_${index}`, inputSchema: anything })),
  hostile: [
    { name: 'modern', inputSchema: { ...echoSchema, $schema: 'https://json-schema.org/draft/2020-12/schema' } },
    { name: 'named', inputSchema: { ...echoSchema, $id: 'https://example.com/same' } },
    { name: 'named_too', inputSchema: { ...echoSchema, $id: 'https://example.com/same' } },
    { name: 'remote', inputSchema: { type: 'object', properties: { a: { $ref: 'https://example.com/a.json' } } } },
    { name: 'nonsense', inputSchema: { type: 'banana', required: 7 } },
    { name: 'deep', inputSchema: { type: 'object', properties: { a: deep(3_000) } } },
    { name: 'huge', inputSchema: { type: 'object', description: 'x'.repeat(200_000) } },
    { name: 'no_schema' },
    { name: 'list_schema', inputSchema: [] },
    { inputSchema: anything },
    'not a tool',
    null,
  ],
};

/** A real MCP server, made with the official library. */
export function peerServer(kind: PeerKind): Server {
  const server = new Server(
    { name: 'peer', version: '1.0.0' },
    { capabilities: kind === 'silent' ? {} : { tools: { listChanged: true } } },
  );
  if (kind === 'silent') return server;
  const offered = [...tools[kind]];
  let cancelled = 0;
  server.setRequestHandler('tools/list', (request) => {
    const from = Number(request.params?.cursor ?? 0);
    const page = kind === 'many' ? offered.slice(from, from + PAGE) : offered;
    const next = kind === 'many' && from + PAGE < offered.length ? { nextCursor: String(from + PAGE) } : {};
    return { tools: page as Tool[], ...next };
  });
  server.setRequestHandler('tools/call', async ({ params }, context): Promise<CallToolResult> => {
    switch (params.name) {
      case 'echo':
        return say(String(params.arguments?.text));
      case 'fail':
        return { ...say(`It failed: ${params.arguments?.text ?? 'nothing to do'}`), isError: true };
      case 'surroundings':
        return data({ pid: process.pid, folder: process.cwd(), environment: process.env });
      case 'everything':
        return everything();
      case 'wait':
        await new Promise<void>((resolve) => context.mcpReq.signal.addEventListener('abort', () => resolve()));
        cancelled += 1;
        return say('too late');
      case 'times_cancelled':
        return data({ cancelled });
      case 'die':
        process.stderr.write(`I cannot go on: ${params.arguments?.text ?? ''}\n`, () => process.exit(3));
        return await new Promise(() => {});
      case 'flood':
        return say('x'.repeat(Number(params.arguments?.characters)));
      case 'descend':
        return { content: [], structuredContent: deep(1_000) };
      case 'start_child':
        return data({ pid: spawn('sleep', ['600'], { stdio: 'ignore' }).pid });
      case 'hold':
        held.push(Buffer.alloc(Number(params.arguments?.megabytes) * 1_000_000, 1));
        return await new Promise(() => {});
      case 'spin':
        return data({ cpuMs: spin(Number(params.arguments?.ms)) });
      case 'learn':
        offered.push({ name: 'learned', inputSchema: anything });
        await server.sendToolListChanged();
        return say('learned');
      default:
        return say(`called ${params.name} with ${JSON.stringify(params.arguments)}`);
    }
  });
  return server;
}

const held: Buffer[] = [];

/** Works for so long, as the clock on the wall goes; answers how much of it was its own. */
function spin(ms: number): number {
  const before = process.cpuUsage();
  for (const until = Date.now() + ms; Date.now() < until; );
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function say(text: string): CallToolResult {
  return { content: [{ type: 'text', text }] };
}

function data(value: object): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(value) }], structuredContent: { ...value } };
}

function everything(): CallToolResult {
  const bytes = Buffer.from('12345').toString('base64');
  return {
    content: [
      { type: 'text', text: 'one\0' },
      { type: 'text', text: 'two' },
      { type: 'image', mimeType: 'image/png', data: bytes },
      { type: 'audio', mimeType: 'audio/wav', data: bytes },
      { type: 'resource', resource: { uri: 'file:///a', mimeType: 'application/pdf', blob: bytes } },
      { type: 'resource', resource: { uri: 'file:///b', text: 'three' } },
      { type: 'resource_link', uri: 'file:///c', name: 'c' },
    ],
    structuredContent: { count: 3, list: [null, 'x'] },
  };
}
