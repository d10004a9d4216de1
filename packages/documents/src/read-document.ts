import { decodeText } from './decode-text.ts';
import { type DocumentRecord, record, UnreadableDocument } from './document-record.ts';
import { readConversations } from './read-conversations.ts';
import { readHtml } from './read-html.ts';
import { readMail, readMailbox } from './read-mail.ts';
import { readDocx, readPdf } from './read-office.ts';

/** What a file is taken for, by the end of its name. */
const FORMATS: Record<string, 'html' | 'mail' | 'mailbox' | 'calendar' | 'contacts' | 'docx' | 'pdf' | 'json'> = {
  html: 'html',
  htm: 'html',
  eml: 'mail',
  mbox: 'mailbox',
  ics: 'calendar',
  vcf: 'contacts',
  docx: 'docx',
  pdf: 'pdf',
  json: 'json',
};
const TEXT =
  /\.(?:md|markdown|txt|text|csv|tsv|log|rst|org|tex|jsonl|ndjson|ya?ml|toml|ini|cfg|conf|xml|css|js|mjs|cjs|ts|mts|tsx|jsx|py|rb|go|rs|java|kt|c|h|cc|cpp|hpp|cs|swift|php|sh|bash|zsh|ps1|sql|lua|r|scala|ex|exs|hs|vue|svelte|diff|patch|env|dockerfile|makefile)$/i;

export function formatOf(name: string): string | undefined {
  const extension = /\.([A-Za-z0-9]{1,12})$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(FORMATS, extension) ? FORMATS[extension] : TEXT.test(name) ? 'text' : undefined;
}

/**
 * A file → what is in it to be remembered. Throws `UnreadableDocument`, which says in words why. Runs in the caller's
 * thread: files from outside go through `readSafely`, which bounds what they may cost.
 */
export async function readDocument(name: string, bytes: Uint8Array): Promise<DocumentRecord[]> {
  switch (formatOf(name)) {
    case 'html':
      return readHtml(name, bytes);
    case 'mail':
      return [await readMail(bytes)];
    case 'mailbox': {
      const mails: DocumentRecord[] = [];
      for await (const mail of readMailbox(once(bytes))) mails.push(mail);
      if (mails.length === 0) throw new UnreadableDocument('It holds no mail.');
      return mails;
    }
    case 'calendar':
      return (await import('./read-calendar.ts')).readCalendar(bytes);
    case 'contacts':
      return (await import('./read-calendar.ts')).readContacts(bytes);
    case 'docx':
      return readDocx(name, bytes);
    case 'pdf':
      return readPdf(name, bytes);
    case 'json':
      return readJson(name, bytes);
    case 'text':
      return [record({ key: '', title: name, text: decodeText(bytes) })];
    default:
      throw new UnreadableDocument('Files of this kind are kept, and not read.');
  }
}

function readJson(name: string, bytes: Uint8Array): DocumentRecord[] {
  const text = decodeText(bytes);
  try {
    return readConversations(name, JSON.parse(text)) ?? [record({ key: '', title: name, text })];
  } catch {
    // Whatever it is, it is text.
    return [record({ key: '', title: name, text })];
  }
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
