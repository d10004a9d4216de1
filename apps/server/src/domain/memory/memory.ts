import { type ChunkHit, forgetSource, indexSource, type MemoryTables, searchMemory } from '@guildhall/cortex';
import { errors, newId } from '@guildhall/kernel';
import type { Kysely } from 'kysely';
import type { DriveFileRow } from '../../schema/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { loadOffice } from '../offices/index.ts';

const TEXT_CHARS_MAX = 20_000;

export type MemoryHit = ChunkHit;
type FileOfMemory = Pick<DriveFileRow, 'id' | 'office_id' | 'name' | 'written_by' | 'updated_at'>;

function tables(context: Context): Kysely<MemoryTables> {
  return context.db as unknown as Kysely<MemoryTables>;
}

/** Keeps a sentence in the office's memory. The next question finds it. */
export async function remember(
  context: Context,
  officeId: string,
  input: { text: string; speaker: string },
): Promise<{ universalId: string }> {
  const text = input.text.trim();
  if (text === '' || text.length > TEXT_CHARS_MAX)
    throw errors.validationFailed('text', `is empty or longer than ${TEXT_CHARS_MAX} characters`);
  return inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'chat:write');
    const id = newId();
    await indexSource(tables(tx), tx.house.engine.kind, {
      officeId: office.id,
      sourceKind: 'memory',
      sourceId: id,
      title: '',
      text,
      speaker: input.speaker,
      writtenBy: tx.principal.kind === 'agent' ? tx.principal.agentId : '',
      privateTo: '',
      at: tx.house.clock.now(),
    });
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      agentId: tx.principal.kind === 'agent' ? tx.principal.agentId : undefined,
      type: 'memory.stored',
      subjectId: id,
      data: { speaker: input.speaker, characters: text.length },
    });
    return { universalId: `memory:${id}` };
  });
}

/** Takes a remembered sentence back. An agent only what it kept itself; anything else looks to it as if it were not there. */
export async function forget(context: Context, officeId: string, universalId: string): Promise<void> {
  await inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'chat:write');
    const [kind, id = ''] = universalId.replace(/#\d+$/, '').split(':');
    const known = await tx.db
      .selectFrom('memory_chunks')
      .select('written_by')
      .where('office_id', '=', office.id)
      .where('source_kind', '=', 'memory')
      .where('source_id', '=', id)
      .executeTakeFirst();
    const isOthers = tx.principal.kind === 'agent' && known?.written_by !== tx.principal.agentId;
    if (kind !== 'memory' || known === undefined || isOthers) throw errors.notFound('memory', universalId);
    await forgetSource(tables(tx), tx.house.engine.kind, office.id, 'memory', id);
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      agentId: tx.principal.kind === 'agent' ? tx.principal.agentId : undefined,
      type: 'memory.forgotten',
      subjectId: id,
      data: {},
    });
  });
}

/** The best pieces of what the office remembers and of its drive, best first. No model is asked. */
export async function askMemory(
  context: Context,
  officeId: string,
  query: string,
  limit: number,
): Promise<MemoryHit[]> {
  await loadOffice(context, officeId, 'files:read');
  const reader = context.principal.kind === 'agent' ? context.principal.agentId : '';
  return searchMemory(tables(context), context.house.engine.kind, { officeId, query, reader, limit });
}

/** In the transaction that wrote the file, so that no search finds the old text of a new version. */
export async function indexDriveFile(tx: Context, file: FileOfMemory, text: string): Promise<void> {
  await indexSource(tables(tx), tx.house.engine.kind, {
    officeId: file.office_id,
    sourceKind: 'drive',
    sourceId: file.id,
    title: file.name,
    text,
    speaker: file.written_by,
    writtenBy: '',
    privateTo: '',
    at: file.updated_at,
  });
}

export async function forgetDriveFile(tx: Context, file: Pick<FileOfMemory, 'id' | 'office_id'>): Promise<void> {
  await forgetSource(tables(tx), tx.house.engine.kind, file.office_id, 'drive', file.id);
}
