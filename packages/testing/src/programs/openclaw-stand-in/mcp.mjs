const PREFIX = 'guildhall__';
let number = 0;

/** The handshake with an MCP server over streamable HTTP: its tools by the names that the program gives them. */
export async function connectTools(server) {
  const clientInfo = { name: 'openclaw', version: '2026.9.6' };
  await ask(server, 'initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo });
  await post(server, { jsonrpc: '2.0', method: 'notifications/initialized' });
  const { tools } = await ask(server, 'tools/list', {});
  return {
    names: tools.map(({ name }) => `${PREFIX}${name}`),
    call: async (name, input) => {
      const { content, isError = false } = await ask(server, 'tools/call', {
        name: name.slice(PREFIX.length),
        arguments: input,
      });
      return { content, is_error: isError };
    },
  };
}

async function ask(server, method, params) {
  number += 1;
  const response = await post(server, { jsonrpc: '2.0', id: number, method, params });
  const { result, error } = await response.json();
  if (error !== undefined) throw new Error(error.message);
  return result;
}

async function post({ url, transport, headers }, message) {
  if (transport !== 'streamable-http') throw new Error(`no such transport: ${transport}`);
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    body: JSON.stringify(message),
  });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return response;
}
