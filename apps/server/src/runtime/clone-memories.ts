import type { BroughtMemory } from '../domain/memory/index.ts';

const ENTRIES_MAX = 5_000;
const ENTRY_CHARS_MAX = 20_000;
const SESSION_CHARS_MAX = 50_000;
/** Beyond the last time that can be written as a date. */
const TIME_END_MS = 253_402_300_800_000;

/** What a file of the layer `memory` holds: a conversation, or a list of things that were remembered. */
export function memoriesIn(path: string, text: string): { memories: BroughtMemory[]; leftOut: number } {
  const all = path === 'memory/hybrid-memory.json' ? rememberedIn(text) : conversationIn(path, text);
  return { memories: all.slice(0, ENTRIES_MAX), leftOut: Math.max(0, all.length - ENTRIES_MAX) };
}

function rememberedIn(text: string): BroughtMemory[] {
  const value: unknown = JSON.parse(text);
  const lists = isObject(value) ? [value.entries, value.memories, value.items, value.facts] : [value];
  const list = lists.find(Array.isArray) ?? [];
  return list.flatMap((entry: unknown, index): BroughtMemory[] => {
    const words = clean(typeof entry === 'string' ? entry : isObject(entry) ? textOf(entry) : '');
    if (words.trim() === '') return [];
    const at = isObject(entry) ? timeOf(entry) : undefined;
    const id = isObject(entry) && typeof entry.id === 'string' ? clean(entry.id.slice(0, 200)) : String(index);
    return [{ key: `memory/${id}`, title: '', text: clean(words.slice(0, ENTRY_CHARS_MAX)), kind: 'observation', at }];
  });
}

/** JSON lines with a role and a text, as programs keep their sessions; else the text as it is. */
function conversationIn(path: string, text: string): BroughtMemory[] {
  const turns = path.endsWith('.jsonl') ? text.split('\n').flatMap(turnIn) : [text];
  const whole = clean(turns.join('\n').trim());
  const parts: BroughtMemory[] = [];
  for (let from = 0, part = 1; from < whole.length; from += SESSION_CHARS_MAX, part++) {
    const title = `${path.slice(path.lastIndexOf('/') + 1)}${part === 1 ? '' : `, part ${part}`}`;
    const key = `${path}${part === 1 ? '' : `#${part}`}`;
    parts.push({ key, title, text: clean(whole.slice(from, from + SESSION_CHARS_MAX)), kind: 'conversation' });
  }
  return parts;
}

function turnIn(line: string): string[] {
  try {
    const value: unknown = JSON.parse(line);
    if (!isObject(value)) return [];
    const message = isObject(value.message) ? value.message : value;
    const words = textOf(message);
    return words === '' ? [] : [`${typeof message.role === 'string' ? message.role : 'note'}: ${words}`];
  } catch {
    return [];
  }
}

function textOf(entry: Record<string, unknown>): string {
  for (const field of [entry.text, entry.content, entry.fact, entry.summary, entry.value]) {
    if (typeof field === 'string') return field;
    if (Array.isArray(field))
      return field
        .flatMap((part: unknown) => (isObject(part) && typeof part.text === 'string' ? [part.text] : []))
        .join('\n');
  }
  return '';
}

function timeOf(entry: Record<string, unknown>): number | undefined {
  for (const field of [entry.created_at, entry.createdAt, entry.timestamp, entry.at]) {
    const at =
      typeof field === 'number' ? (field < 100_000_000_000 ? field * 1_000 : field) : Date.parse(String(field));
    if (field !== undefined && at > 0 && at < TIME_END_MS) return Math.round(at);
  }
  return undefined;
}

/** No database keeps NUL, or half of a character that a cut has left. */
function clean(text: string): string {
  return text.replaceAll('\0', ' ').toWellFormed();
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
