import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readAnthropic, refusalOf, writeAnthropic } from './anthropic-wire.ts';
import { readOpenAi, writeOpenAi } from './openai-wire.ts';
import type { ScriptedAnswer, ScriptedRequest } from './script.ts';

export interface ModelServer {
  /** Base address for the Anthropic library. */
  anthropicUrl: string;
  /** Base address for OpenAI-compatible ones. */
  openAiUrl: string;
  /** Every request that came, in order. */
  requests: ScriptedRequest[];
  /** What is answered from now on. */
  answer: (request: ScriptedRequest) => ScriptedAnswer | Promise<ScriptedAnswer>;
  close(): Promise<void>;
}

/**
 * A model server that follows a script, over the real wire formats: Anthropic Messages at `/v1/messages`, OpenAI chat
 * completions at `/v1/chat/completions`, streamed, with tool calls, usage and every way in which providers fail.
 */
export async function openModelServer(answer: ModelServer['answer'], port = 0): Promise<ModelServer> {
  const requests: ScriptedRequest[] = [];
  const server = createServer((request, response) => {
    void handle(request, response).catch(() => response.destroy());
  });
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/v1/models') {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ object: 'list', data: [{ id: 'scripted-1', object: 'model' }] }));
      return;
    }
    const isAnthropic = request.url?.split('?')[0] === '/v1/messages';
    const body = JSON.parse(await textOf(request)) as Record<string, unknown>;
    const read = isAnthropic ? readAnthropic : readOpenAi;
    const asked = { ...read(body), key: keyOf(request), number: requests.length + 1 };
    requests.push(asked);
    const refusal = isAnthropic ? refusalOf(asked) : undefined;
    await send(response, asked, refusal ?? (await opened.answer(asked)), isAnthropic);
  };
  const opened: ModelServer = {
    anthropicUrl: '',
    openAiUrl: '',
    requests,
    answer,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  opened.anthropicUrl = base;
  opened.openAiUrl = base;
  return opened;
}

async function send(response: ServerResponse, asked: ScriptedRequest, answer: ScriptedAnswer, isAnthropic: boolean) {
  if ('status' in answer) {
    response.writeHead(answer.status, {
      'content-type': 'application/json',
      ...(answer.retryAfterSeconds === undefined ? {} : { 'retry-after': String(answer.retryAfterSeconds) }),
    });
    const type = answer.type ?? 'error';
    response.end(JSON.stringify({ type: 'error', error: { type, message: answer.message ?? type, code: type } }));
    return;
  }
  if ('fault' in answer && answer.fault === 'silent') return;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  if ('fault' in answer && answer.fault === 'garbage') {
    response.end(Buffer.from('data: {"choices": \xff\xfe not json\n\ndata: <html>\n\n', 'latin1'));
    return;
  }
  if ('fault' in answer && answer.fault === 'endless') {
    const write = isAnthropic ? writeAnthropic : writeOpenAi;
    const frames = write(asked, { text: 'x'.repeat(10_000) });
    response.write(frames.slice(0, -3).join(''));
    const more = () => {
      while (!response.destroyed && response.write(frames[isAnthropic ? 2 : 1] ?? ''));
      if (!response.destroyed) response.once('drain', more);
    };
    more();
    return;
  }
  const said = 'fault' in answer ? { text: 'half of an ans' } : answer;
  const frames = (isAnthropic ? writeAnthropic : writeOpenAi)(asked, said);
  if ('fault' in answer) {
    response.write(frames.slice(0, 3).join(''));
    response.destroy();
    return;
  }
  response.end(frames.join(''));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function keyOf(request: IncomingMessage): string {
  const { authorization } = request.headers;
  return String(request.headers['x-api-key'] ?? authorization?.replace(/^Bearer /, '') ?? '');
}
