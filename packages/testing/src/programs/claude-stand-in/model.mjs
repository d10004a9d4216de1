import { setTimeout as delay } from 'node:timers/promises';
import { emit } from './control.mjs';

const CODES = { 401: 'authentication_failed', 403: 'authentication_failed', 429: 'rate_limit', 529: 'server_error' };
const RETRY_MS = 50;

/** One answer of the model, streamed on as it comes; or the error that the program would show in its place. */
export async function askModel(call) {
  const tries = Number(process.env.CLAUDE_CODE_MAX_RETRIES ?? 2) + 1;
  let error;
  for (let attempt = 1; attempt <= tries && !call.signal.aborted; attempt++) {
    try {
      return await askOnce(call);
    } catch (caught) {
      error = errorFrom(caught);
      if (error.status === 400) break;
      emit({ type: 'system', subtype: 'api_retry', attempt, error_status: error.status ?? null, error: error.code });
      await delay(RETRY_MS);
    }
  }
  return { error: error ?? { text: 'interrupted', code: undefined } };
}

async function askOnce({ model, system, messages, tools, session, signal }) {
  const key = process.env.ANTHROPIC_API_KEY;
  const response = await fetch(`${process.env.ANTHROPIC_BASE_URL}/v1/messages`, {
    method: 'POST',
    signal,
    headers: {
      'content-type': 'application/json',
      ...(key === undefined
        ? { authorization: `Bearer ${process.env.CLAUDE_CODE_OAUTH_TOKEN}` }
        : { 'x-api-key': key }),
    },
    body: JSON.stringify({
      model,
      system,
      messages,
      tools: tools.map((name) => ({ name })),
      max_tokens: 8_000,
      stream: true,
    }),
  });
  if (!response.ok) {
    const body = await response.json();
    throw Object.assign(new Error(body.error.message), { status: response.status });
  }
  const content = [];
  let message;
  let json = '';
  for await (const event of eventsOf(response.body)) {
    emit({ type: 'stream_event', event, parent_tool_use_id: null, session_id: session });
    if (event.type === 'message_start') message = event.message;
    if (event.type === 'content_block_start') {
      content.push({ ...event.content_block });
      json = '';
    }
    const block = content.at(-1);
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') block.text += event.delta.text;
    if (event.type === 'content_block_delta' && event.delta.type === 'input_json_delta')
      json += event.delta.partial_json;
    if (event.type === 'content_block_stop') {
      if (block.type === 'tool_use') block.input = objectFrom(json);
      // Like the real program: a line for each block, each with the usage that was known when the message began.
      const line = { ...message, content: [block], stop_reason: null };
      emit({ type: 'assistant', message: line, parent_tool_use_id: null, session_id: session });
    }
    if (event.type === 'message_stop') return { content };
  }
  throw new Error('Connection dropped (ECONNRESET).');
}

async function* eventsOf(body) {
  let rest = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('data: ')) yield JSON.parse(line.slice(6));
  }
}

function objectFrom(text) {
  try {
    return JSON.parse(text === '' ? '{}' : text);
  } catch {
    return {};
  }
}

function errorFrom(error) {
  const { status, message } = error;
  if (/prompt is too long/i.test(message)) return { status, code: 'invalid_request', text: 'Prompt is too long' };
  if (/credit balance/i.test(message)) return { status, code: 'billing_error', text: 'Credit balance is too low' };
  if (status === 401) return { status, code: CODES[status], text: 'Invalid API key · Fix external API key' };
  const code = CODES[status] ?? (status === undefined ? undefined : 'invalid_request');
  return { status, code, text: `API Error: ${status ?? 'Connection dropped (ECONNRESET).'} ${message}` };
}
