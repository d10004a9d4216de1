import { firstLineOf } from './analysis.ts';
import { isStopWord, withoutAccents } from './languages.ts';
import { parseDate } from './time-words.ts';

/** What something is, as far as its spelling tells: `name` when it only tells that it has one. */
export type EntityKind = 'person' | 'organization' | 'project' | 'file' | 'date' | 'ticket' | 'url' | 'name';
export type MentionRole = 'mentions' | 'sent-by' | 'sent-to' | 'attended' | 'part-of';

export interface Mention {
  kind: EntityKind;
  /** The same for every spelling: lower case, without accents. */
  key: string;
  name: string;
  role: MentionRole;
  /** Other names of the same, and where they were seen together. */
  aliases?: { name: string; reason: string }[];
}

/** Kinds that so many pieces share by chance that they lead nowhere. */
export const UNCONNECTED_KINDS: readonly EntityKind[] = ['date', 'url'];
/** Before the key of a domain. What shares no more than a mail server leads nowhere either. */
export const DOMAIN_MARK = '@';

/** A name that says so itself. */
const PROJECT = /^(?:Project|Projekt|Projet|Proyecto|Progetto)\s|\s(?:Project|Projekt)$/;
const MENTIONS_MAX = 40;
const NAME_WORDS_MAX = 6;
const ADDRESS = /[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,5}/gu;
const URL = /\bhttps?:\/\/[^\s<>"')\]]{3,500}/g;
const TICKET = /\b[A-Z][A-Z0-9]{1,9}-\d{1,7}\b/g;
const FILE = /\b[\w-]{1,80}\.(?:pdf|docx?|xlsx?|pptx?|csv|md|txt|json|ya?ml|ts|js|py|go|rs|sql|html|zip|png|jpe?g)\b/g;
const DATE = /\b\d{4}-\d{2}-\d{2}\b/g;
/** A capitalised word; a full stop belongs to initials and short titles only ("J.", "Dr."), else a sentence ends with it. */
const WORD = "\\p{Lu}(?:\\p{L}{0,2}\\.(?!\\p{L})|[\\p{L}\\p{M}\\p{N}'’&-]*)";
const NAME = new RegExp(
  `(?:${WORD}|\\p{N}+)(?:\\s+(?:(?:of|the|de|da|del|der|di|du|la|le|van|von|and|for|in)\\s+){0,2}(?:${WORD}|\\p{N}+))*`,
  'gu',
);

/** A text → what it names. No model; bounded, and linear in the length of the text. */
export function mentionsIn(body: string, title = ''): Mention[] {
  const found = new Map<string, Mention>();
  const add = (kind: EntityKind, key: string, name: string, role: MentionRole = 'mentions') => {
    if (key.length > 1 && key.length <= 200 && found.size < MENTIONS_MAX && !found.has(key))
      found.set(key, { kind, key, name, role });
  };
  for (const [address] of body.matchAll(ADDRESS)) addAddress(add, address, 'mentions');
  for (const [url] of body.matchAll(URL)) add('url', url.toLowerCase(), url);
  for (const [ticket] of body.matchAll(TICKET)) add('ticket', ticket.toLowerCase(), ticket);
  for (const [file] of body.matchAll(FILE)) add('file', file.toLowerCase(), file);
  for (const [date] of body.matchAll(DATE)) if (parseDate(date) !== undefined) add('date', date, date);
  const heading = title === '' ? firstLineOf(body) : title;
  if (heading !== '') add('name', entityKey(heading), heading, 'part-of');
  for (const name of namesIn(body)) add(PROJECT.test(name) ? 'project' : 'name', entityKey(name), name);
  return [...found.values()];
}

/** A person by a mail address, and the organisation by its domain. */
export function addressMentions(address: string, role: MentionRole): Mention[] {
  const mentions: Mention[] = [];
  addAddress((kind, key, name, as = 'mentions') => mentions.push({ kind, key, name, role: as }), address, role);
  return mentions;
}

function addAddress(
  add: (kind: EntityKind, key: string, name: string, role?: MentionRole) => void,
  address: string,
  role: MentionRole,
): void {
  const lower = address.toLowerCase().replace(/\.$/, '');
  const domain = lower.slice(lower.indexOf('@') + 1);
  add('person', lower, lower, role);
  if (!PUBLIC_MAIL.has(domain)) add('organization', `${DOMAIN_MARK}${domain}`, domain);
}

const PUBLIC_MAIL = new Set([
  'gmail.com',
  'googlemail.com',
  'outlook.com',
  'hotmail.com',
  'yahoo.com',
  'icloud.com',
  'gmx.de',
  'gmx.net',
  'web.de',
  'proton.me',
  'protonmail.com',
]);

export function entityKey(name: string): string {
  return withoutAccents(name)
    .toLowerCase()
    .replaceAll(/[\s.'’]+/g, ' ')
    .trim();
}

/** Runs of capitalised words; a single one at the beginning of a sentence may be any word and is left out. */
function* namesIn(text: string): Iterable<string> {
  for (const line of text.split('\n')) {
    for (const match of line.matchAll(NAME)) {
      let words = match[0].split(/\s+/);
      const startsSentence = /(?:^|[.!?:]["”’)]?\s*)["“'(*-]*\s*$/.test(
        line.slice(Math.max(0, match.index - 6), match.index),
      );
      while (words.length > 0 && isFiller(words[0] ?? '')) words = words.slice(1);
      while (words.length > 0 && /^(?:of|the|de|and|for|in)$/.test(words.at(-1) ?? '')) words = words.slice(0, -1);
      const wasCut = words.length < match[0].split(/\s+/).length;
      if (words.length === 0 || (words.length === 1 && startsSentence && !wasCut)) continue;
      if (words.every((word) => /^\p{N}+$/u.test(word))) continue;
      if (words.length <= NAME_WORDS_MAX) yield words.join(' ').replace(/(?:['’]s|[.'’&-])+$/u, '');
    }
  }
}

/** A word that begins a sentence rather than a name. */
function isFiller(word: string): boolean {
  return isStopWord(word.toLowerCase().replace(/['’].*$/, ''), 'en');
}
