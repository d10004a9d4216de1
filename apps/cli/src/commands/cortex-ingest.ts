import { createReadStream, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type DocumentRecord, formatOf, readMailbox, readSafely, UnreadableDocument } from '@guildhall/documents';
import { type CortexAPI, type IngestRow, MitosisClient, OS1Error } from '@guildhall/sdk';
import type { Command } from 'commander';
import { fileId, type LocalFile, localFiles } from '../local-files.ts';
import { type OfficeOption, resolveOffice, withOffice } from '../office.ts';
import { printDone } from '../output.ts';
import { Progress } from '../progress.ts';

const ROWS_A_REQUEST = 100;
/** A request body holds a megabyte, and a character up to three bytes. */
const CHARS_A_REQUEST = 300_000;
const FILE_BYTES_MAX = 50_000_000;
const NOTE = /\.(?:md|markdown)$/i;

const FEEDS: Record<string, string> = {
  email: 'ext_mail',
  event: 'ext_calendar',
  todo: 'ext_calendar',
  contact: 'ext_contacts',
  turn: 'ext_conversations',
};

interface Totals {
  files: number;
  items: number;
  ingested: number;
  updated: number;
  unchanged: number;
  removed: number;
  forgotten: number;
  uploaded: number;
  unreadable: { file: string; reason: string }[];
}

/** Files of this machine into the memory. What is there already is sent and changes nothing: run it again after a stop. */
export function cortexIngestCommands(cortex: Command): void {
  withOffice(
    cortex
      .command('ingest')
      .description('read files into the memory: mail, calendars, contacts, conversations, notes, PDF, Word')
      .argument('<paths...>', 'files and folders'),
  )
    .option('--include-forgotten', 'take in again what was forgotten')
    .action(async (paths: string[], options: IngestOptions) => {
      const files = paths.flatMap(localFiles);
      const work = await openWork(options);
      await ingestFiles(files, work, (kind) => `${FEEDS[kind] ?? 'ext_files'}.integration_feed`);
      finish(work.totals, options);
    });
  withOffice(
    cortex
      .command('sync-vault')
      .description('read a folder of Markdown notes; notes that are gone there go here')
      .argument('<dir>', 'the vault'),
  )
    .option('--include-forgotten', 'take in again what was forgotten')
    .action(async (dir: string, options: IngestOptions) => {
      const notes = localFiles(dir).filter(({ name }) => NOTE.test(name));
      const vault = basename(resolve(dir))
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '_')
        .replaceAll(/^_+|_+$/g, '');
      const feedKey = `${`ext_vault_${vault === '' ? 'notes' : vault}`.slice(0, 60)}.integration_feed`;
      const work = await openWork(options);
      await ingestFiles(notes, work, () => feedKey);
      await removeGoneNotes(work, feedKey, dir, notes);
      finish(work.totals, options);
    });
}

interface IngestOptions extends OfficeOption {
  includeForgotten?: boolean;
}

interface Work {
  client: MitosisClient;
  officeId: string;
  sender: RowSender;
  totals: Totals;
}

async function openWork(options: IngestOptions): Promise<Work> {
  const client = await MitosisClient.fromConfig();
  const officeId = await resolveOffice(client, options);
  const totals: Totals = {
    files: 0,
    items: 0,
    ingested: 0,
    updated: 0,
    unchanged: 0,
    removed: 0,
    forgotten: 0,
    uploaded: 0,
    unreadable: [],
  };
  const sender = new RowSender(client.cortex(officeId), totals, options.includeForgotten === true);
  return { client, officeId, sender, totals };
}

/** Notes of this vault that the memory still has. Notes of another vault of the same name lie elsewhere and stay. */
async function removeGoneNotes({ client, officeId, totals }: Work, feedKey: string, dir: string, notes: LocalFile[]) {
  const here = new Set(notes.map(({ id }) => id));
  const root = `${fileId(dir)}/`;
  const gone: string[] = [];
  for await (const { universal_id } of client.cortex(officeId).export(feedKey)) {
    const id = universal_id.slice(feedKey.length + 1);
    if (id.startsWith(root) && !here.has(id)) gone.push(id);
  }
  for (let from = 0; from < gone.length; from += ROWS_A_REQUEST) {
    const removed = gone.slice(from, from + ROWS_A_REQUEST);
    totals.removed += (await client.cortex(officeId).ingest({ feed_key: feedKey, rows: [], removed })).removed;
  }
}

function finish(totals: Totals, options: OfficeOption): void {
  const { files, items, ingested, updated, unchanged, removed, forgotten, unreadable } = totals;
  const failed =
    unreadable.length === 0
      ? ''
      : ` Not read: ${unreadable.map(({ file, reason }) => `${file} (${reason})`).join(', ')}`;
  const gone = removed === 0 ? '' : ` ${removed} are gone here and there.`;
  const out =
    forgotten === 0 ? '' : ` ${forgotten} were forgotten before and stay out; --include-forgotten takes them in again.`;
  printDone(
    `${files} files, ${items} items: ${ingested} new, ${updated} changed, ${unchanged} as they were.${gone}${out}${failed}`,
    { status: unreadable.length === 0 ? 'ok' : 'partial', ...totals },
    options,
  );
  if (unreadable.length > 0) process.exitCode = 1;
}

async function ingestFiles(
  files: LocalFile[],
  { client, officeId, sender, totals }: Work,
  feedOf: (kind: string) => string,
): Promise<void> {
  const progress = new Progress();
  const whole = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let before = 0;
  for (const file of files) {
    totals.files += 1;
    try {
      if (file.sizeBytes === 0) throw new UnreadableDocument('It is empty.');
      if (isForTheDrive(file)) await upload(client, officeId, file, sender, totals);
      else
        for await (const { record, doneBytes } of recordsOf(file)) {
          await sender.send(feedOf(record.kind), rowOf(file, record));
          progress.show(file.name, before + doneBytes, whole);
        }
    } catch (error) {
      // What the server refuses concerns all files; what one file is concerns that file.
      if (error instanceof OS1Error || !(error instanceof UnreadableDocument)) throw error;
      totals.unreadable.push({ file: file.name, reason: error.message });
    }
    before += file.sizeBytes;
    progress.show(file.name, before, whole);
  }
  await sender.flush();
  progress.end();
}

/** What only the server reads, and what nobody reads, goes on the drive. */
function isForTheDrive({ name, sizeBytes }: LocalFile): boolean {
  const format = formatOf(name);
  if (format === 'text' && sizeBytes > CHARS_A_REQUEST) return true;
  return format === undefined || format === 'pdf' || format === 'docx';
}

async function upload(
  client: MitosisClient,
  officeId: string,
  file: LocalFile,
  sender: RowSender,
  totals: Totals,
): Promise<void> {
  const name = `ingested/${file.id.replace(/^(?:[A-Za-z]:)?\/+/, '')}`;
  const bytes = readFileSync(file.path);
  // The server would keep it and say nothing: whoever sends it is told here.
  if (formatOf(file.name) !== undefined && formatOf(file.name) !== 'text') await readSafely(file.name, bytes);
  await client.files.upload(officeId, name, bytes);
  totals.uploaded += 1;
  totals.items += 1;
  if (formatOf(file.name) !== undefined) return;
  const kind = /\.([A-Za-z0-9]{1,12})$/.exec(file.name)?.[1] ?? 'unknown';
  await sender.send('ext_files.integration_feed', {
    external_id: file.id.slice(-500),
    title: file.name,
    content: `File ${basename(file.name)} (${kind}, ${file.sizeBytes} bytes), on the drive as ${name}.`,
    kind: 'file',
    metadata: { file_path: name, modality: kind },
  });
}

async function* recordsOf(file: LocalFile): AsyncIterable<{ record: DocumentRecord; doneBytes: number }> {
  if (formatOf(file.name) === 'mailbox') {
    let doneBytes = 0;
    const counted = async function* () {
      for await (const chunk of createReadStream(file.path)) {
        doneBytes += (chunk as Buffer).length;
        yield chunk as Buffer;
      }
    };
    let count = 0;
    for await (const record of readMailbox(counted())) {
      count += 1;
      yield { record, doneBytes };
    }
    if (count === 0) throw new UnreadableDocument('It holds no mail.');
    return;
  }
  if (file.sizeBytes > FILE_BYTES_MAX)
    throw new UnreadableDocument(`It is larger than ${FILE_BYTES_MAX / 1_000_000} MB.`);
  const records = await readSafely(file.name, readFileSync(file.path));
  for (const [index, record] of records.entries())
    yield { record, doneBytes: (file.sizeBytes * (index + 1)) / records.length };
}

/** What stands for a file is of when the file was changed; what a file holds says that of itself, or nobody knows. */
function rowOf(file: LocalFile, record: DocumentRecord): IngestRow {
  const isFile = record.key === '';
  const row = toRow(isFile ? file.id : file.name, record);
  const at = isFile && record.at === undefined ? { occurred_at: new Date(file.changedAt).toISOString() } : {};
  // One mail in two files is one mail.
  const { file: _, ...shared } = row.metadata ?? {};
  return {
    ...row,
    ...at,
    metadata: record.kind === 'email' && !isFile ? shared : { ...row.metadata, file: file.name },
  };
}

/** A thing that was read, as the memory takes it. */
export function toRow(name: string, record: DocumentRecord): IngestRow {
  return {
    external_id: record.key === '' ? name.slice(-500) : record.key.slice(0, 500),
    content: record.text.slice(0, CHARS_A_REQUEST).toWellFormed(),
    title: record.title.slice(0, 2_000),
    kind: record.kind,
    ...(record.author === '' ? {} : { author: record.author.slice(0, 500) }),
    ...(record.thread === '' ? {} : { thread: record.thread.slice(0, 500) }),
    ...(record.url === '' ? {} : { url: record.url.slice(0, 2_000) }),
    // A file that does not say when it is from keeps the time of its first sight, so that sending it again changes nothing.
    ...(record.at === undefined ? {} : { occurred_at: new Date(record.at).toISOString() }),
    ...(record.participants.length === 0 ? {} : { participants: record.participants }),
    metadata: { ...record.metadata, file: name },
  };
}

/** Sends rows in groups; one feed a request. */
class RowSender {
  readonly #memory: CortexAPI;
  readonly #totals: Totals;
  #feedKey = '';
  #rows: IngestRow[] = [];
  #chars = 0;
  readonly #includesForgotten: boolean;

  constructor(memory: CortexAPI, totals: Totals, includesForgotten: boolean) {
    this.#includesForgotten = includesForgotten;
    this.#memory = memory;
    this.#totals = totals;
  }

  async send(feedKey: string, row: IngestRow): Promise<void> {
    const isFull = this.#rows.length === ROWS_A_REQUEST || this.#chars + row.content.length > CHARS_A_REQUEST;
    if (feedKey !== this.#feedKey || isFull) await this.flush();
    this.#feedKey = feedKey;
    this.#rows.push(row);
    this.#chars += row.content.length;
  }

  async flush(): Promise<void> {
    if (this.#rows.length === 0) return;
    const rows = this.#rows;
    [this.#rows, this.#chars] = [[], 0];
    const forgotten = this.#includesForgotten ? { include_forgotten: true } : {};
    const answer = await this.#memory.ingest({ feed_key: this.#feedKey, rows, ...forgotten });
    this.#totals.items += rows.length;
    for (const name of ['ingested', 'updated', 'unchanged', 'forgotten'] as const) this.#totals[name] += answer[name];
  }
}
