import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(process.env.HOME ?? '.', '.openclaw', 'sessions');

/** What was said in a session; a call that was never answered is answered with that, as the real program does. */
export function loadSession(id) {
  const path = join(folder, `${id}.json`);
  const messages = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [];
  const last = messages.at(-1);
  const uses = last?.role === 'assistant' ? last.content.filter((block) => block.type === 'tool_use') : [];
  const missing = { type: 'tool_result', content: 'No result is there.', is_error: true };
  if (uses.length > 0)
    messages.push({ role: 'user', content: uses.map(({ id: of }) => ({ ...missing, tool_use_id: of })) });
  return messages;
}

/** Whenever it is killed, the session is whole: as it was before, or after. */
export function saveSession(id, messages) {
  const path = join(folder, `${id}.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${path}.new`, JSON.stringify(messages));
  renameSync(`${path}.new`, path);
}
