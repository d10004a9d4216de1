import { randomUUID } from 'node:crypto';

const waiting = new Map();
let messageNumber = 0;

/** One line of output. */
export function emit(line) {
  process.stdout.write(`${JSON.stringify({ uuid: randomUUID(), ...line })}\n`);
}

/** Asks the other side something, and waits for its answer. */
export function control(request) {
  const request_id = randomUUID();
  return new Promise((resolve, reject) => {
    waiting.set(request_id, { resolve, reject });
    emit({ type: 'control_request', request_id, request });
  });
}

/** An answer of the other side. */
export function hear({ request_id, subtype, response, error }) {
  const { resolve, reject } = waiting.get(request_id) ?? {};
  waiting.delete(request_id);
  if (subtype === 'success') resolve?.(response);
  else reject?.(new Error(error));
}

/** The handshake with the house's MCP server; its tools. */
export async function connectHouse(servers) {
  if (!servers.includes('guildhall')) return [];
  const parameters = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'claude-code', version: '2.1.0' },
  };
  await mcp({ method: 'initialize', params: parameters, id: messageNumber++ });
  await mcp({ method: 'notifications/initialized' });
  const { tools } = await mcp({ method: 'tools/list', id: messageNumber++ });
  return tools;
}

/** Calls one of the house's tools: the block of its result. */
export async function callHouse(name, use) {
  const params = { name, arguments: use.input, _meta: { 'claudecode/toolUseId': use.id } };
  const { content, isError = false } = await mcp({ method: 'tools/call', params, id: messageNumber++ });
  return { content, is_error: isError };
}

async function mcp(message) {
  const request = { subtype: 'mcp_message', server_name: 'guildhall', message: { jsonrpc: '2.0', ...message } };
  const { mcp_response: answer } = await control(request);
  if (answer.error !== undefined) throw new Error(answer.error.message);
  return answer.result;
}
