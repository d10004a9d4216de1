#!/usr/bin/env node
// Stands in for `openclaw agent --local --json`: one question to the model server that its configuration names, and one JSON
// object at the end, with nothing before it. The session is a file in its home.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const argument = (name) => {
  const at = process.argv.indexOf(name);
  return at === -1 ? undefined : process.argv[at + 1];
};

if (process.argv.includes('--version')) {
  process.stdout.write('OpenClaw 2026.9.6 (stand-in)\n');
  process.exit(0);
}

const [provider, model] = (argument('--model') ?? 'anthropic/').split('/');
const session = argument('--session-id');
const config = JSON.parse(readFileSync(process.env.OPENCLAW_CONFIG_PATH, 'utf8'));
const folder = join(process.env.HOME, '.openclaw', 'sessions');
const path = join(folder, `${session}.json`);
const messages = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [];
messages.push({ role: 'user', content: argument('--message') });
process.stderr.write('[agent/embedded] stand-in is at work\n');

const response = await fetch(`${config.models.providers[provider].baseUrl}/v1/messages`, {
  method: 'POST',
  headers: { 'content-type': 'application/json', 'x-api-key': process.env.ANTHROPIC_API_KEY ?? '' },
  body: JSON.stringify({ model, system: 'You are OpenClaw.', messages, tools: [{ name: 'exec' }], stream: true }),
}).catch(() => fail(`${provider}/${model} request failed: the connection was closed`));
if (!response.ok) {
  const { error } = await response.json();
  const why = response.status === 401 ? 'authentication failed, ' : '';
  fail(`${provider}/${model} request failed (${why}HTTP ${response.status}). ${error.message}`);
}
const events = (await response.text())
  .split('\n')
  .filter((line) => line.startsWith('data: '))
  .map((line) => JSON.parse(line.slice(6)));
const text = events.map((event) => event.delta?.text ?? '').join('');
const before = events[0].message.usage;
const output = events.findLast((event) => event.type === 'message_delta').usage.output_tokens;
messages.push({ role: 'assistant', content: [{ type: 'text', text }] });
mkdirSync(folder, { recursive: true });
writeFileSync(path, JSON.stringify(messages));
const usage = {
  input: before.input_tokens,
  output,
  cacheRead: before.cache_read_input_tokens,
  cacheWrite: 0,
  total: before.input_tokens + before.cache_read_input_tokens + output,
};
const meta = { durationMs: 1, agentMeta: { sessionId: session, provider, model, usage }, stopReason: 'stop' };
process.stdout.write(`${JSON.stringify({ payloads: [{ text, mediaUrl: null }], meta }, null, 2)}\n`);

function fail(message) {
  process.stdout.write(`${JSON.stringify({ ok: false, error: { type: 'cli_error', message } }, null, 2)}\n`);
  process.exit(1);
}
