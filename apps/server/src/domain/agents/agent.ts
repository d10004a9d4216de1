import { errors, looksLikeId } from '@guildhall/kernel';

/**
 * An agent is rows and a folder; `state` says whether runs may start.
 *
 *   active ⇄ paused   (the kill switch for one agent: waiting runs keep their place)
 *   active ⇄ stopped  (asked for by a lifecycle call)
 *   any → archived    (put away, and brought back by a restore; fired, and then for good)
 */
export type AgentState = 'active' | 'paused' | 'stopped' | 'archived';

const NAME = /^[\p{L}\p{N}](?:[\p{L}\p{N}._-]*[\p{L}\p{N}])?$/u;
const NAME_CHARS_MAX = 63;

/** Names that mean somebody else in a conversation. */
export const reservedNames: ReadonlySet<string> = new Set([
  'user',
  'admin',
  'admin-sdk',
  'system',
  'guildhall',
  'all',
  'everyone',
  'me',
  'self',
  'join',
  'schedule',
]);

/** Checks and normalises a name. It becomes a folder, a mention and a part of URLs, so it holds no space and no slash. */
export function agentName(text: string): string {
  const name = text.normalize('NFC').trim();
  if (name === '') throw errors.validationFailed('name', 'is empty');
  if ([...name].length > NAME_CHARS_MAX)
    throw errors.validationFailed('name', `is longer than ${NAME_CHARS_MAX} characters`);
  if (!NAME.test(name))
    throw errors.validationFailed(
      'name',
      'may hold letters, digits, ".", "-" and "_", and begins and ends with a letter or digit',
    );
  // What names an agent everywhere must not name another one's id or number.
  if (/^\d+$/.test(name) || looksLikeId(name))
    throw errors.validationFailed('name', 'looks like the number or the id of an agent');
  // Who is written to by address is somebody outside of the house.
  if (/^0x[0-9a-f]{40}$/i.test(name)) throw errors.validationFailed('name', 'is an address on a public network');
  if (reservedNames.has(name.toLowerCase())) throw errors.validationFailed('name', `"${name}" is reserved`);
  return name;
}

export const runModes = ['task', 'cron', 'both'] as const;
/** What wakes an agent: what it is given, its schedules, or both. Messages always do. */
export type RunMode = (typeof runModes)[number];

/** What may be asked to think for an agent; `auto` is a model when there is a credential, else rules. */
export type DriverChoice = 'auto' | 'reflex' | 'claude-code' | 'openclaw' | 'external';
