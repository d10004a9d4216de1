#!/usr/bin/env node
import { connectTools } from './openclaw-stand-in/mcp.mjs';
// Stands in for `openclaw agent --local --json`: questions to the model server that its configuration names until one is
// answered without a call, the tools of the MCP server that it names, and one JSON object at the end, with nothing before it.
// The session is a file in its home.
import { askModel } from './openclaw-stand-in/model.mjs';
import { fail, readConfiguration, succeed } from './openclaw-stand-in/output.mjs';
import { ownTools } from './openclaw-stand-in/own-tools.mjs';
import { loadSession, saveSession } from './openclaw-stand-in/session.mjs';

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
const configuration = readConfiguration();
const messages = loadSession(session);
messages.push({ role: 'user', content: argument('--message') });
process.stderr.write('[agent/embedded] stand-in is at work\n');

const house = await connectTools(configuration.mcp.servers.guildhall);
const own = ownTools(configuration);
const tools = [...own.keys(), ...house.names];
const usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 };
for (;;) {
  const answer = await askModel({ configuration, provider, model, messages, tools }).catch((error) =>
    fail(error.message),
  );
  for (const key of Object.keys(usage)) usage[key] += answer.usage[key];
  messages.push({ role: 'assistant', content: answer.content });
  saveSession(session, messages);
  const uses = answer.content.filter((block) => block.type === 'tool_use');
  if (uses.length === 0) {
    succeed({ text: answer.content.map((block) => block.text ?? '').join(''), session, provider, model, usage });
    break;
  }
  const results = [];
  for (const use of uses) {
    const call = own.get(use.name) ?? ((input) => house.call(use.name, input));
    results.push({ type: 'tool_result', tool_use_id: use.id, ...(await call(use.input)) });
  }
  messages.push({ role: 'user', content: results });
  saveSession(session, messages);
}
