import { addressMentions, forgetSources, type MemorySource, type Mention, universalId } from '@guildhall/cortex';
import {
  type DocumentRecord,
  decodeText,
  documentRecord,
  formatOf,
  type Participant,
  readSafely,
  UnreadableDocument,
} from '@guildhall/documents';
import type { Selectable } from 'kysely';
import type { DriveFileRow } from '../../schema/index.ts';
import { type Context, record } from '../context/index.ts';
import type { Office } from '../offices/index.ts';
import { keepSources } from './keep.ts';
import { fileAudience, tables } from './memory-place.ts';

/** What is read of a text file; of other formats, what a file may have at most. */
const TEXT_BYTES_MAX = 2_000_000;
const FILE_BYTES_MAX = 50_000_000;

type FileOfMemory = Pick<
  Selectable<DriveFileRow>,
  'id' | 'office_id' | 'name' | 'written_by' | 'updated_at' | 'is_restricted'
>;

/** What a file says, or why that cannot be told. */
export type FileContent = { records: DocumentRecord[] } | { unreadable: string } | undefined;

/**
 * Reads a file for the memory, before the transaction that puts it on the drive. Text at once; other formats in a thread with
 * bounded time and memory. Undefined for what is kept only (pictures, archives).
 */
export async function readContent(
  context: Context,
  name: string,
  file: { sha256: string; sizeBytes: number; text?: string | undefined },
): Promise<FileContent> {
  const format = formatOf(name);
  if (format === undefined) return undefined;
  if (format === 'text' && file.text !== undefined) return { records: [textRecord(name, file.text)] };
  if (format !== 'text' && file.sizeBytes > FILE_BYTES_MAX)
    return { unreadable: `It is larger than ${FILE_BYTES_MAX / 1_000_000} MB.` };
  const bytes = await readBytes(context, file, format === 'text' ? TEXT_BYTES_MAX : FILE_BYTES_MAX);
  if (format === 'text') return { records: [textRecord(name, decodeText(bytes))] };
  try {
    return { records: await readSafely(name, bytes, { owner: ownerOf(context) }) };
  } catch (error) {
    if (error instanceof UnreadableDocument) return { unreadable: error.message };
    throw error;
  }
}

/** Whom a reader's time is counted for. */
function ownerOf({ principal }: Context): string {
  switch (principal.kind) {
    case 'user':
      return principal.userId;
    case 'agent':
    case 'organization_key':
      return principal.organizationId;
    default:
      return '';
  }
}

async function readBytes(
  context: Context,
  file: { sha256: string; sizeBytes: number },
  most: number,
): Promise<Uint8Array> {
  if (file.sizeBytes === 0) return new Uint8Array();
  const end = Math.min(file.sizeBytes, most) - 1;
  const chunks: Uint8Array[] = [];
  for await (const chunk of await context.house.blobs.read(file.sha256, { start: 0, end }))
    chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

function textRecord(name: string, text: string): DocumentRecord {
  return documentRecord({ key: '', title: name, text: text.replaceAll('\0', ' ') });
}

/** In the transaction that wrote the file, so that no search finds the old text of a new version. */
export async function indexDriveFile(
  tx: Context,
  office: Office,
  file: FileOfMemory,
  content: FileContent,
): Promise<void> {
  if (content === undefined) return;
  // A mailbox or a calendar holds many things, and a new version other ones.
  const [only] = 'unreadable' in content ? [] : content.records;
  if ('unreadable' in content || content.records.length !== 1 || only?.key !== '') await forgetDriveFile(tx, file);
  if ('unreadable' in content) {
    await keepSources(tx, office, [
      driveSource(file, { ...textRecord(file.name, ''), metadata: { unreadable: content.unreadable } }),
    ]);
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      type: 'memory.unreadable',
      subjectId: file.id,
      data: { name: file.name, reason: content.unreadable },
    });
    return;
  }
  await keepSources(
    tx,
    office,
    content.records.map((one) => driveSource(file, one)),
  );
}

function driveSource(file: FileOfMemory, document: DocumentRecord): MemorySource {
  return {
    feedKey: 'drive_files',
    externalId: document.key === '' ? file.id : `${file.id}/${document.key.slice(0, 400)}`,
    kind: document.kind,
    title: document.key === '' && document.kind === 'file' ? file.name : document.title,
    text: document.text,
    author: document.author,
    thread: document.thread === '' ? '' : `drive:${document.thread}`,
    url: document.url,
    writtenBy: '',
    trust: 'outside',
    confidence: null,
    audience: file.is_restricted ? fileAudience(file.id) : '',
    at: document.at ?? file.updated_at,
    metadata: { ...document.metadata, file: file.name, written_by: file.written_by },
    edges: document.key === '' ? [] : [{ kind: 'part-of', to: universalId('drive_files', file.id) }],
    mentions: mentionsOf(document.participants),
  };
}

/** Senders, receivers and guests; a display name beside an address is another name of the same person. */
export function mentionsOf(participants: readonly Participant[]): Mention[] {
  return participants.flatMap(({ address, name, role }): Mention[] => {
    const shown = (name ?? '').replaceAll(/["']/g, '').trim();
    const isName = shown !== '' && !shown.includes('@');
    if (address !== undefined && address !== '') {
      const [person, ...rest] = addressMentions(address, role);
      if (person === undefined) return [];
      const aliases = isName ? [{ name: shown, reason: `"${shown}" <${person.key}>` }] : [];
      return [{ ...person, aliases }, ...rest];
    }
    return isName ? [{ kind: 'person', key: shown.toLowerCase(), name: shown, role }] : [];
  });
}

/** A file that is off the drive is out of the memory too; its name may come back, so nothing keeps it out. */
export async function forgetDriveFile(tx: Context, file: Pick<FileOfMemory, 'id' | 'office_id'>): Promise<void> {
  const db = tables(tx);
  const sources = await db
    .selectFrom('memory_sources')
    .innerJoin('memory_stores', 'memory_stores.number', 'memory_sources.store')
    .selectAll('memory_sources')
    .where('memory_stores.office_id', '=', file.office_id)
    .where('feed_key', '=', 'drive_files')
    .where(({ or, eb, and }) =>
      or([
        eb('external_id', '=', file.id),
        and([eb('external_id', '>', `${file.id}/`), eb('external_id', '<', `${file.id}0`)]),
      ]),
    )
    .execute();
  if (sources.length === 0) return;
  const by = { whom: '', reason: 'deleted', at: tx.house.clock.now(), leavesTombstones: false };
  await forgetSources(db, tx.house.engine.kind, file.office_id, sources, by);
}
