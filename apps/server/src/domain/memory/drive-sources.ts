import { forgetSources, type MemorySource } from '@guildhall/cortex';
import type { DriveFileRow } from '../../schema/index.ts';
import type { Context } from '../context/index.ts';
import type { Office } from '../offices/index.ts';
import { keepSources } from './keep.ts';
import { tables } from './memory-place.ts';

type FileOfMemory = Pick<DriveFileRow, 'id' | 'office_id' | 'name' | 'written_by' | 'updated_at'>;

/** In the transaction that wrote the file, so that no search finds the old text of a new version. */
export async function indexDriveFile(tx: Context, office: Office, file: FileOfMemory, text: string): Promise<void> {
  const source: MemorySource = {
    feedKey: 'drive_files',
    externalId: file.id,
    kind: 'file',
    title: file.name,
    text,
    author: '',
    thread: '',
    url: '',
    writtenBy: '',
    trust: 'outside',
    confidence: null,
    audience: '',
    at: file.updated_at,
    metadata: { written_by: file.written_by },
    mentions: [],
  };
  await keepSources(tx, office, [source]);
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
    .where(({ or, eb }) => or([eb('external_id', '=', file.id), eb('external_id', 'like', `${file.id}/%`)]))
    .execute();
  if (sources.length === 0) return;
  const by = { whom: '', reason: 'deleted', at: tx.house.clock.now(), leavesTombstones: false };
  await forgetSources(db, tx.house.engine.kind, file.office_id, sources, by);
}
