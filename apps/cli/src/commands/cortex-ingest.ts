import { createReadStream, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type DocumentRecord, formatOf, readMailbox, readSafely, UnreadableDocument } from '@guildhall/documents';
import { type CortexAPI, type IngestRow, MitosisClient, OS1Error } from '@guildhall/sdk';
import type { Command } from 'commander';
import { type LocalFile, localFiles } from '../local-files.ts';
import { type OfficeOption, resolveOffice, withOffice } from '../office.ts';
import { printDone } from '../output.ts';
import { Progress } from '../progress.ts';

const ROWS_A_REQUEST = 100;
/** A request body holds a megabyte, and a character up to three bytes. */
const CHARS_A_REQUEST = 300_000;
const FILE_BYTES_MAX = 50_000_000;

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
  ).action(async (paths: string[], options: OfficeOption) => {
    const files = paths.flatMap(localFiles);
    const totals = await ingestFiles(files, options, (kind) => `${FEEDS[kind] ?? 'ext_files'}.integration_feed`);
    finish(totals, options);
  });
  withOffice(
    cortex.command('sync-vault').description('read a folder of Markdown notes').argument('<dir>', 'the vault'),
  ).action(async (dir: string, options: OfficeOption) => {
    const notes = localFiles(dir).filter(({ name }) => /\.(?:md|markdown)$/i.test(name));
    const vault = basename(resolve(dir))
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '_')
      .replaceAll(/^_+|_+$/g, '');
    const feedKey = `ext_vault_${vault === '' ? 'notes' : vault}`.slice(0, 60);
    finish(await ingestFiles(notes, options, () => `${feedKey}.integration_feed`), options);
  });
}

function finish(totals: Totals, options: OfficeOption): void {
  const { files, items, ingested, updated, unchanged, unreadable } = totals;
  const failed =
    unreadable.length === 0
      ? ''
      : ` Not read: ${unreadable.map(({ file, reason }) => `${file} (${reason})`).join(', ')}`;
  printDone(
    `${files} files, ${items} items: ${ingested} new, ${updated} changed, ${unchanged} as they were.${failed}`,
    { status: unreadable.length === 0 ? 'ok' : 'partial', ...totals },
    options,
  );
  if (unreadable.length > 0) process.exitCode = 1;
}

async function ingestFiles(
  files: LocalFile[],
  options: OfficeOption,
  feedOf: (kind: string) => string,
): Promise<Totals> {
  const client = await MitosisClient.fromConfig();
  const officeId = await resolveOffice(client, options);
  const totals: Totals = {
    files: 0,
    items: 0,
    ingested: 0,
    updated: 0,
    unchanged: 0,
    forgotten: 0,
    uploaded: 0,
    unreadable: [],
  };
  const sender = new RowSender(client.cortex(officeId), totals);
  const progress = new Progress();
  const whole = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let before = 0;
  for (const file of files) {
    totals.files += 1;
    try {
      if (isForTheDrive(file)) await upload(client, officeId, file, sender, totals);
      else
        for await (const { record, doneBytes } of recordsOf(file)) {
          await sender.send(feedOf(record.kind), toRow(file.name, record));
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
  return totals;
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
  const name = `ingested/${file.name}`;
  await client.files.upload(officeId, name, readFileSync(file.path));
  totals.uploaded += 1;
  totals.items += 1;
  if (formatOf(file.name) !== undefined) return;
  const kind = /\.([A-Za-z0-9]{1,12})$/.exec(file.name)?.[1] ?? 'unknown';
  await sender.send('ext_files.integration_feed', {
    external_id: file.name,
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
    for await (const record of readMailbox(counted())) yield { record, doneBytes };
    return;
  }
  if (file.sizeBytes > FILE_BYTES_MAX)
    throw new UnreadableDocument(`It is larger than ${FILE_BYTES_MAX / 1_000_000} MB.`);
  const records = await readSafely(file.name, readFileSync(file.path));
  for (const [index, record] of records.entries())
    yield { record, doneBytes: (file.sizeBytes * (index + 1)) / records.length };
}

/** A thing that was read, as the memory takes it. */
export function toRow(name: string, record: DocumentRecord): IngestRow {
  return {
    external_id: (record.key === '' ? name : record.key).slice(0, 500),
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

  constructor(memory: CortexAPI, totals: Totals) {
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
    const answer = await this.#memory.ingest({ feed_key: this.#feedKey, rows });
    this.#totals.items += rows.length;
    for (const name of ['ingested', 'updated', 'unchanged', 'forgotten'] as const) this.#totals[name] += answer[name];
  }
}
