#!/usr/bin/env node
// Speaks Claude Code's stream-json on standard input and output, as the real program does where we meet it, and asks the model
// server at ANTHROPIC_BASE_URL for every answer. What it does of its own is small: three tools, one session file in its home.
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { callHouse, connectHouse, control, emit, hear } from './claude-stand-in/control.mjs';
import { askModel } from './claude-stand-in/model.mjs';
import { forget, loadSession, saveSession } from './claude-stand-in/session.mjs';
import { ownTools } from './claude-stand-in/tools.mjs';

const argument = (name) => {
  const at = process.argv.indexOf(name);
  return at === -1 ? undefined : process.argv[at + 1];
};

if (process.argv.includes('--version')) {
  process.stdout.write('2.1.0 (Claude Code)\n');
  process.exit(0);
}

const resumed = argument('--resume');
const session = resumed ?? randomUUID();
const messages = resumed === undefined ? [] : loadSession(resumed);
if (messages === undefined) {
  process.stderr.write(`No conversation found with session ID: ${resumed}\n`);
  emit({
    type: 'result',
    subtype: 'error_during_execution',
    is_error: true,
    num_turns: 0,
    session_id: session,
    usage: {},
    errors: [`No conversation found with session ID: ${resumed}`],
  });
  process.exit(1);
}
forget(messages);

const model = argument('--model') ?? 'claude-default';
const allowed = (argument('--allowedTools') ?? '').split(',');
let system = argument('--append-system-prompt') ?? '';
let houseTools = [];
let current;
let ready = Promise.resolve([]);
let isBusy = false;
let failed = false;
const queue = [];

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const message = JSON.parse(line);
    if (message.type === 'control_response') return hear(message.response);
    if (message.type === 'control_request') return serve(message);
    if (message.type !== 'user') return;
    queue.push(message.message);
    void work();
  })
  .on('close', () => {
    queue.push(undefined);
    void work();
  });

async function serve({ request_id, request }) {
  if (request.subtype === 'initialize') {
    system += request.appendSystemPrompt ?? '';
    ready = connectHouse(request.sdkMcpServers ?? []);
    houseTools = await ready;
  }
  if (request.subtype === 'interrupt') current?.abort();
  emit({ type: 'control_response', response: { subtype: 'success', request_id, response: {} } });
}

async function work() {
  if (isBusy) return;
  isBusy = true;
  while (queue.length > 0) {
    const next = queue.shift();
    if (next === undefined) process.exit(failed ? 1 : 0);
    houseTools = await ready;
    current = new AbortController();
    await query(next, current.signal);
  }
  isBusy = false;
}

async function query(message, signal) {
  const tools = [...ownTools.keys(), ...houseTools.map((tool) => `mcp__guildhall__${tool.name}`)];
  emit({ type: 'system', subtype: 'init', session_id: session, cwd: process.cwd(), tools, model, mcp_servers: [] });
  messages.push(message);
  saveSession(session, messages);
  for (;;) {
    const answer = await askModel({ model, system, messages, tools, session, signal });
    if (answer.error !== undefined) return endWith(answer.error, signal);
    messages.push({ role: 'assistant', content: answer.content });
    saveSession(session, messages);
    const uses = answer.content.filter((block) => block.type === 'tool_use');
    if (uses.length === 0) {
      const text = answer.content.map((block) => block.text ?? '').join('');
      return end({ subtype: 'success', is_error: false, result: text });
    }
    const results = [];
    for (const use of uses) {
      if (signal.aborted) return endWith({ text: 'interrupted' }, signal);
      const result = { type: 'tool_result', tool_use_id: use.id, ...(await call(use)) };
      results.push(result);
      emit({
        type: 'user',
        message: { role: 'user', content: [result] },
        parent_tool_use_id: null,
        session_id: session,
      });
    }
    messages.push({ role: 'user', content: results });
    saveSession(session, messages);
  }
}

async function call(use) {
  const house = /^mcp__guildhall__(.+)$/.exec(use.name)?.[1];
  const own = ownTools.get(use.name);
  if (house === undefined && own === undefined) return { content: `No such tool: ${use.name}`, is_error: true };
  if (house === undefined || !allowed.includes('mcp__guildhall')) {
    const asked = { subtype: 'can_use_tool', tool_name: use.name, input: use.input, tool_use_id: use.id };
    const decision = await control(asked);
    if (decision.behavior !== 'allow') return { content: decision.message, is_error: true };
  }
  return house === undefined ? own(use.input) : callHouse(house, use);
}

function endWith(error, signal) {
  failed = true;
  if (signal.aborted) return end({ subtype: 'error_during_execution', is_error: true, errors: ['interrupted'] });
  const { text, code, status = null } = error;
  emit({
    type: 'assistant',
    message: {
      id: randomUUID(),
      type: 'message',
      role: 'assistant',
      model: '<synthetic>',
      content: [{ type: 'text', text }],
      usage: { input_tokens: 0, output_tokens: 0 },
    },
    parent_tool_use_id: null,
    session_id: session,
    error: code,
    api_error_status: status,
  });
  end({ subtype: 'success', is_error: true, api_error_status: status, result: text });
}

function end(result) {
  emit({ type: 'result', session_id: session, num_turns: messages.length, total_cost_usd: 0, usage: {}, ...result });
}
