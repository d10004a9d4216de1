import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(process.env.HOME ?? '.', '.claude', 'projects', 'stand-in');

/** What was said in a session; undefined when there is no such session. */
export function loadSession(id) {
  const path = join(folder, `${id}.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

export function saveSession(id, messages) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${id}.json`), JSON.stringify(messages));
}

/** The real program forgets a message whose calls were never answered, and puts a word in its place. */
export function forget(messages) {
  const last = messages.at(-1);
  if (last?.role !== 'assistant' || !last.content.some((block) => block.type === 'tool_use')) return;
  messages[messages.length - 1] = { role: 'assistant', content: [{ type: 'text', text: 'No response requested.' }] };
}
