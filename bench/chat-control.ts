import { createServer, type ServerResponse } from 'node:http';

// The bare control of the chat benchmark: keeps what was said in memory and writes it to everybody who listens.
const said: string[] = [];
const listeners = new Set<ServerResponse>();
const server = createServer((request, response) => {
  if (request.method === 'POST') {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      said.push(`id: ${said.length + 1}\nevent: direct_message\ndata: ${body}\n\n`);
      for (const listener of listeners) listener.write(said.at(-1) ?? '');
      response.writeHead(201).end();
    });
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const last = Number(request.headers['last-event-id'] ?? said.length);
  response.write(`: connected\n\n${said.slice(last).join('')}`);
  listeners.add(response);
  response.on('close', () => listeners.delete(response));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`ready at http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}\n`);
});
process.on('SIGTERM', () => process.exit(0));
