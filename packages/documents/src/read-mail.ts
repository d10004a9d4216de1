import type { Address, Email } from 'postal-mime';
import { decodeText } from './decode-text.ts';
import { type DocumentRecord, type Participant, record, UnreadableDocument } from './document-record.ts';
import { textOfHtml } from './read-html.ts';

const TEXT_CHARS_MAX = 500_000;
const ATTACHMENTS_MAX = 100;

/** One mail (RFC 5322) → who, when, in which thread, and what it says. Attachments are named, not read. */
export async function readMail(bytes: Uint8Array): Promise<DocumentRecord> {
  let mail: Email;
  // Loaded by the first mail: a start needs no parser.
  const { default: PostalMime } = await import('postal-mime');
  try {
    mail = await PostalMime.parse(bytes, { maxNestingDepth: 50, maxHeadersSize: 500_000 });
  } catch (cause) {
    throw new UnreadableDocument('It is not a mail that can be read.', { cause });
  }
  const from = mail.from === undefined ? [] : peopleOf([mail.from], 'sent-by');
  const to = [mail.to, mail.cc, mail.bcc].flatMap((list) => peopleOf(list ?? [], 'sent-to'));
  const [sender] = from;
  const html = mail.html === undefined ? '' : textOfHtml(mail.html);
  const body = (mail.text ?? '').trim() === '' ? html : (mail.text ?? '');
  const attachments = (mail.attachments ?? []).slice(0, ATTACHMENTS_MAX).map(({ filename }) => filename ?? 'unnamed');
  const subject = mail.subject ?? '';
  const names = attachments.length === 0 ? '' : `\n\nAttached: ${attachments.join(', ')}`;
  const at = mail.date === undefined ? Number.NaN : Date.parse(mail.date);
  return record({
    key: mail.messageId ?? '',
    kind: 'email',
    title: subject,
    text: clean(`${body.slice(0, TEXT_CHARS_MAX)}${names}`),
    author: sender === undefined ? '' : shownAs(sender),
    thread: threadOf(mail, subject),
    at: Number.isNaN(at) ? undefined : at,
    participants: [...from, ...to].slice(0, 200),
    metadata: {
      message_id: mail.messageId ?? '',
      in_reply_to: mail.inReplyTo ?? '',
      to: to.map(shownAs).slice(0, 50),
      attachments,
    },
  });
}

function peopleOf(list: readonly Address[], role: Participant['role']): Participant[] {
  return list.flatMap((entry) => {
    if (entry.group !== undefined) return peopleOf(entry.group, role);
    const person: Participant = { role };
    if (entry.address !== undefined && entry.address !== '') person.address = clean(entry.address).slice(0, 320);
    if (entry.name !== '') person.name = clean(entry.name).slice(0, 200);
    return person.address === undefined && person.name === undefined ? [] : [person];
  });
}

function shownAs({ name, address }: Participant): string {
  if (name === undefined || name === '') return address ?? '';
  return address === undefined ? name : `${name} <${address}>`;
}

/** The first mail of the conversation, where headers name it; else its subject without what replies put before it. */
function threadOf(mail: Email, subject: string): string {
  const first = /<[^<>\s]{1,300}>/.exec(mail.references ?? mail.inReplyTo ?? '')?.[0];
  if (first !== undefined) return first;
  if (mail.messageId !== undefined && mail.messageId !== '') return mail.messageId;
  return subject.replace(/^(?:\s*(?:re|fwd?|aw|wg|sv)\s*(?:\[\d+\])?:\s*)+/i, '').trim();
}

function clean(text: string): string {
  return text.replaceAll('\0', ' ').toWellFormed();
}

const MAIL_BYTES_MAX = 30_000_000;

/** A mailbox file (RFC 4155), mail by mail: what is in memory is one mail, however long the file is. */
export async function* readMailbox(content: AsyncIterable<Uint8Array>): AsyncIterable<DocumentRecord> {
  let index = 0;
  for await (const bytes of mailsIn(content)) {
    index += 1;
    try {
      const mail = await readMail(bytes);
      yield mail.key === '' ? { ...mail, key: `mail-${index}` } : mail;
    } catch (error) {
      // One broken mail does not end a mailbox; anything else is no matter of the mail.
      if (!(error instanceof UnreadableDocument)) throw error;
    }
  }
}

async function* mailsIn(content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let lines: Uint8Array[] = [];
  let bytes = 0;
  let hasBegun = false;
  let wasBlank = true;
  for await (const line of linesOf(content)) {
    if (wasBlank && startsMail(line)) {
      if (hasBegun && lines.length > 0) yield Buffer.concat(lines);
      [lines, bytes, hasBegun] = [[], 0, true];
    } else if (hasBegun && bytes < MAIL_BYTES_MAX) {
      // `>From` is how a mailbox writes a line of a mail that begins as a separator does.
      const own = line[0] === 0x3e && /^>+From /.test(decodeText(line.subarray(0, 20))) ? line.subarray(1) : line;
      lines.push(own);
      bytes += own.length;
    }
    wasBlank = line.length <= 2 && decodeText(line).trim() === '';
  }
  if (hasBegun && lines.length > 0) yield Buffer.concat(lines);
}

function startsMail(line: Uint8Array): boolean {
  return line[0] === 0x46 && line[1] === 0x72 && line[2] === 0x6f && line[3] === 0x6d && line[4] === 0x20;
}

const LINE_BYTES_MAX = 1_000_000;

/** Lines with their ends; one without end is cut. */
async function* linesOf(content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let rest: Uint8Array = new Uint8Array();
  for await (const chunk of content) {
    const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = data.indexOf(10); end !== -1; end = data.indexOf(10, from)) {
      yield data.subarray(from, end + 1);
      from = end + 1;
    }
    rest = data.subarray(from);
    if (rest.length > LINE_BYTES_MAX) {
      yield rest;
      rest = new Uint8Array();
    }
  }
  if (rest.length > 0) yield rest;
}
