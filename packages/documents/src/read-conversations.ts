import { type DocumentRecord, record } from './document-record.ts';

const TURNS_MAX = 50_000;

type Json = Record<string, unknown>;

/**
 * Conversations that other tools export as JSON: those of ChatGPT (a tree of messages), of Claude (`chat_messages`), a Slack
 * channel (`ts`, `user`, `text`). Undefined when it is none of them.
 */
export function readConversations(name: string, data: unknown): DocumentRecord[] | undefined {
  if (!Array.isArray(data) || data.length === 0) return undefined;
  const [first] = data;
  if (!isObject(first)) return undefined;
  const turns = isObject(first.mapping)
    ? data.flatMap(chatGptTurns)
    : Array.isArray(first.chat_messages)
      ? data.flatMap(claudeTurns)
      : typeof first.ts === 'string' && typeof first.text === 'string'
        ? slackTurns(name, data)
        : undefined;
  return turns?.slice(0, TURNS_MAX);
}

function chatGptTurns(conversation: unknown): DocumentRecord[] {
  if (!isObject(conversation) || !isObject(conversation.mapping)) return [];
  const thread = textOf(conversation.conversation_id ?? conversation.id ?? conversation.title);
  const title = textOf(conversation.title);
  const nodes = conversation.mapping;
  // What was said last, and from there back to the beginning: branches that were edited away are not what was said.
  const path: Json[] = [];
  let at = textOf(conversation.current_node);
  for (let steps = 0; at !== '' && steps < TURNS_MAX; steps++) {
    const node = nodes[at];
    if (!isObject(node)) break;
    if (isObject(node.message)) path.unshift(node.message);
    at = textOf(node.parent);
  }
  const messages =
    path.length > 0
      ? path
      : Object.values(nodes).flatMap((node) => (isObject(node) && isObject(node.message) ? [node.message] : []));
  return messages.flatMap((message) => {
    const content = isObject(message.content) && Array.isArray(message.content.parts) ? message.content.parts : [];
    const text = content.filter((part) => typeof part === 'string').join('\n');
    const role = isObject(message.author) ? textOf(message.author.role) : '';
    if (text.trim() === '' || role === 'system' || role === 'tool') return [];
    return [turn({ key: textOf(message.id), thread, title, author: role, text, at: secondsOf(message.create_time) })];
  });
}

function claudeTurns(conversation: unknown): DocumentRecord[] {
  if (!isObject(conversation) || !Array.isArray(conversation.chat_messages)) return [];
  const thread = textOf(conversation.uuid ?? conversation.name);
  const title = textOf(conversation.name);
  return conversation.chat_messages.flatMap((message, index) => {
    if (!isObject(message)) return [];
    const parts = Array.isArray(message.content)
      ? message.content.map((part) => (isObject(part) ? textOf(part.text) : ''))
      : [];
    const text = textOf(message.text) === '' ? parts.join('\n') : textOf(message.text);
    if (text.trim() === '') return [];
    const author = textOf(message.sender) === 'human' ? 'user' : textOf(message.sender);
    const key = textOf(message.uuid) === '' ? `${thread}/${index}` : textOf(message.uuid);
    return [turn({ key, thread, title, author, text, at: dateOf(message.created_at) })];
  });
}

/** A day of a channel. The folder that it lies in is the channel's name. */
function slackTurns(name: string, messages: unknown[]): DocumentRecord[] {
  const channel = name.includes('/') ? (name.split('/').at(-2) ?? name) : name;
  return messages.flatMap((message) => {
    if (!isObject(message) || textOf(message.text).trim() === '') return [];
    const ts = textOf(message.ts);
    const profile = isObject(message.user_profile) ? message.user_profile : {};
    const author = [profile.real_name, profile.display_name, message.username, message.user]
      .map(textOf)
      .find((one) => one !== '');
    const root = textOf(message.thread_ts);
    return [
      turn({
        key: `${channel}/${ts}`,
        thread: root === '' || root === ts ? channel : `${channel}/${root}`,
        title: `#${channel}`,
        author: author ?? '',
        text: textOf(message.text),
        at: secondsOf(Number(ts)),
      }),
    ];
  });
}

function turn(given: Pick<DocumentRecord, 'key' | 'thread' | 'title' | 'author' | 'text' | 'at'>): DocumentRecord {
  return record({ ...given, text: given.text.replaceAll('\0', ' ').toWellFormed(), kind: 'turn' });
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

function secondsOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? Math.round(value * 1000) : undefined;
}

function dateOf(value: unknown): number | undefined {
  const at = Date.parse(textOf(value));
  return Number.isNaN(at) ? undefined : at;
}
