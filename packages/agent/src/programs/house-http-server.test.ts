import { afterEach, describe, expect, it } from 'vitest';
import type { ToolBox } from '../dispatch/tool.ts';
import { type HouseHttpServer, openHouseHttpServer } from './house-http-server.ts';
import { answerMcp } from './house-mcp.ts';

const opened: HouseHttpServer[] = [];
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close();
});

const schema = { type: 'object', properties: {} };
const toolBox: ToolBox = {
  specs: ['look', 'shell', 'workspace_read'].map((name) => ({ name, description: name, inputSchema: schema })),
  isReadOnly: (name) => name === 'look',
  call: async ({ name }) =>
    name === 'look'
      ? { status: 'done', result: { ok: true } }
      : { status: 'refused', code: 'no', message: 'Not here.' },
};

async function serverWith(call = toolBox.call) {
  const server = await openHouseHttpServer((message) =>
    answerMcp(message, toolBox, ({ name, input }) => call({ callId: '1', name, input })),
  );
  opened.push(server);
  const send = (method: string, body?: string, headers: Record<string, string> = {}) =>
    fetch(server.url, {
      method,
      headers: { authorization: server.authorization, ...headers },
      ...(body === undefined ? {} : { body }),
    });
  const ask = async (method: string, params: object = {}) => {
    const response = await send('POST', JSON.stringify({ jsonrpc: '2.0', id: 7, method, params }));
    expect(response.headers.get('content-type')).toBe('application/json');
    return (await response.json()) as { id: number; result: Record<string, unknown>; error?: object };
  };
  return { server, send, ask };
}

describe('the house’s tools over HTTP', () => {
  it('greets, lists what is offered, calls, and tells a refusal as a result', async () => {
    const { ask, send } = await serverWith();
    const greeting = await ask('initialize', { protocolVersion: '2025-11-25' });
    expect(greeting).toMatchObject({ id: 7, result: { protocolVersion: '2025-11-25', capabilities: { tools: {} } } });
    const notified = await send('POST', JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }));
    expect([notified.status, await notified.text()]).toEqual([202, '']);
    expect((await ask('ping')).result).toEqual({});
    const described = (name: string) => ({
      ...{ name, description: name, inputSchema: schema },
      annotations: { readOnlyHint: name === 'look' },
    });
    expect((await ask('tools/list')).result).toEqual({ tools: toolBox.specs.map(({ name }) => described(name)) });
    expect((await ask('tools/call', { name: 'look', arguments: {} })).result).toEqual({
      content: [{ type: 'text', text: '{"ok":true}' }],
    });
    expect((await ask('tools/call', { name: 'other' })).result).toMatchObject({ isError: true });
    expect((await ask('resources/list')).error).toMatchObject({ code: -32_601 });
  });

  it('is there for nobody who does not know the word', async () => {
    const { send } = await serverWith();
    for (const authorization of ['', 'Bearer', 'Bearer guessed'])
      for (const method of ['GET', 'POST', 'DELETE'])
        expect((await send(method, method === 'POST' ? '{}' : undefined, { authorization })).status).toBe(401);
  });

  it('sends nothing of its own, and keeps no sessions', async () => {
    const { send, server } = await serverWith();
    expect((await send('GET')).status).toBe(405);
    expect((await send('PUT', '{}')).status).toBe(405);
    expect((await send('DELETE')).status).toBe(200);
    const elsewhere = server.url.replace('/mcp', '/other');
    expect((await fetch(elsewhere, { headers: { authorization: server.authorization } })).status).toBe(404);
  });

  it('takes one message of 4 MB at most', async () => {
    const { send } = await serverWith();
    for (const body of ['', 'no json', '[]', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', 'null'])
      expect((await send('POST', body)).status).toBe(400);
    const status = await send('POST', JSON.stringify({ text: 'x'.repeat(4_100_000) })).then(
      (response) => response.status,
      // It may be cut off while it still sends.
      () => 413,
    );
    expect(status).toBe(413);
  });

  it('tells the program nothing when the turn is over', async () => {
    const { ask } = await serverWith(async () => Promise.reject(new Error('the turn waits')));
    await expect(ask('tools/call', { name: 'look' })).rejects.toThrow('fetch failed');
  });
});
