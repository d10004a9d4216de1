import { type DocumentRecord, readMail, UnreadableDocument } from '@guildhall/documents';
import { type Source, type SourceBatch, SourceUnavailable } from './source-batch.ts';

const MAILS_A_BATCH = 25;
const MAIL_BYTES_MAX = 30_000_000;

export interface ImapOptions {
  host: string;
  port: number;
  isSecure: boolean;
  user: string;
  password: string;
  mailbox: string;
  /** For servers of one's own with a certificate of one's own. */
  acceptsAnyCertificate?: boolean;
}

interface Cursor {
  uidValidity: string;
  lastUid: number;
}

/**
 * A mailbox over IMAP, read only: nothing is marked, moved or deleted. The cursor is the last UID, and begins anew when the
 * server says that UIDs mean other mails now (UIDVALIDITY).
 */
export function imapSource(options: ImapOptions): Source {
  return (cursor) => readMailbox(options, parseCursor(cursor));
}

async function* readMailbox(options: ImapOptions, before: Cursor | undefined): AsyncIterable<SourceBatch> {
  const { ImapFlow } = await import('imapflow');
  const { host, port, isSecure, user, password, mailbox } = options;
  const client = new ImapFlow({
    host,
    port,
    secure: isSecure,
    auth: { user, pass: password },
    logger: false,
    tls: { rejectUnauthorized: options.acceptsAnyCertificate !== true },
  });
  // Told by the call that fails, too; without a listener it would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (cause) {
    throw refusal(host, port, cause);
  }
  try {
    const opened = await client.mailboxOpen(mailbox, { readOnly: true }).catch((cause: unknown) => {
      throw new SourceUnavailable(`There is no mailbox "${mailbox}" for this user.`, { cause });
    });
    const uidValidity = String(opened.uidValidity);
    const from = before?.uidValidity === uidValidity ? before.lastUid + 1 : 1;
    const found = await client.search({ uid: `${from}:*` }, { uid: true });
    // `n:*` names the last mail even when it lies before n.
    const uids = (Array.isArray(found) ? found : []).filter((uid) => uid >= from).sort((one, other) => one - other);
    for (let at = 0; at < uids.length; at += MAILS_A_BATCH) {
      const slice = uids.slice(at, at + MAILS_A_BATCH);
      const records: DocumentRecord[] = [];
      const wanted = { source: { maxLength: MAIL_BYTES_MAX } };
      for await (const { uid, source } of client.fetch(slice.join(','), { uid: true, ...wanted }, { uid: true })) {
        if (source === undefined) continue;
        try {
          const mail = await readMail(source);
          const key = mail.key === '' ? `${user}@${host}/${mailbox}/${uidValidity}/${uid}` : mail.key;
          records.push({ ...mail, key, metadata: { ...mail.metadata, mailbox } });
        } catch (error) {
          if (!(error instanceof UnreadableDocument)) throw error;
        }
      }
      const lastUid = slice.at(-1) ?? from;
      yield { records, cursor: JSON.stringify({ uidValidity, lastUid }), done: at + slice.length, whole: uids.length };
    }
  } finally {
    await client.logout().catch(() => client.close());
  }
}

function parseCursor(text: string): Cursor | undefined {
  try {
    const { uidValidity, lastUid } = JSON.parse(text) as Partial<Cursor>;
    if (typeof uidValidity === 'string' && Number.isInteger(lastUid)) return { uidValidity, lastUid: Number(lastUid) };
  } catch {
    // None yet, or not one of ours: the reading begins.
  }
  return undefined;
}

function refusal(host: string, port: number, cause: unknown): SourceUnavailable {
  const { authenticationFailed, code } = cause as { authenticationFailed?: boolean; code?: string };
  if (authenticationFailed === true)
    return new SourceUnavailable(
      `${host} refuses the user or the password. Many providers want a password made for apps.`,
      { cause },
    );
  return new SourceUnavailable(`${host}:${port} does not answer as an IMAP server (${code ?? 'no answer'}).`, {
    cause,
  });
}
