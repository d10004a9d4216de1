import { type Db, findStore, lockStore, type MemoryQuery, type Store } from '@guildhall/cortex';
import { sql } from 'kysely';
import { isRestrictedFile } from '../../schema/index.ts';
import type { Permission } from '../access/index.ts';
import type { Context } from '../context/index.ts';
import { loadOffice, type Office } from '../offices/index.ts';

/** The memory's own tables, through the caller's database handle. */
export function tables(context: Context): Db {
  return context.db as unknown as Db;
}

export interface MemoryPlace {
  office: Office;
  /** Undefined while nothing was ever kept. */
  store: Store | undefined;
  /** Whose memories the caller may read. */
  audiences: MemoryQuery['audiences'];
}

/** The memory of an office, for a caller that needs `permission`. */
export async function loadMemory(context: Context, officeId: string, permission: Permission): Promise<MemoryPlace> {
  const office = await loadOffice(context, officeId, permission);
  return { office, store: await findStore(tables(context), office.id), audiences: await audiencesOf(context) };
}

/** The memory of an office for a change: nobody else changes it until the transaction ends, so what is read first still holds. */
export async function lockMemory(
  tx: Context,
  officeId: string,
  permission: Permission,
): Promise<MemoryPlace & { store: Store }> {
  const office = await loadOffice(tx, officeId, permission);
  const store = await lockStore(tables(tx), tx.house.engine.kind, office.id);
  return { office, store, audiences: await audiencesOf(tx) };
}

/** People and keys of the organisation read everything; an agent what is for all, for itself, or said where it takes part. */
export async function audiencesOf(context: Context): Promise<MemoryQuery['audiences']> {
  // The machines of an office have no part in its talk, and read the files that every agent may.
  if (context.principal.kind === 'order') return (await readableFiles(context, '')).map(fileAudience);
  if (context.principal.kind !== 'agent') return 'all';
  const { agentId } = context.principal;
  const conversations = await context.db
    .selectFrom('conversation_members')
    .select('conversation_id')
    .where('agent_id', '=', agentId)
    .execute();
  return [
    agentAudience(agentId),
    ...conversations.map((row) => conversationAudience(row.conversation_id)),
    ...(await readableFiles(context, agentId)).map(fileAudience),
  ];
}

/** Of the files that not every agent may read, those that this one may. */
async function readableFiles(context: Context, agentId: string): Promise<string[]> {
  const { principal } = context;
  const officeId = principal.kind === 'agent' || principal.kind === 'order' ? principal.officeId : '';
  const accessFor = (whom: string) => sql<string>`(select access from file_permissions
    where file_id = drive_files.id and agent_id = ${whom})`;
  const rows = await context.db
    .selectFrom('drive_files')
    .select('id')
    .where('office_id', '=', officeId)
    .where(isRestrictedFile)
    .where(sql<boolean>`coalesce(${accessFor(agentId)}, ${accessFor('*')}, 'write') <> 'none'`)
    .execute();
  return rows.map(({ id }) => id);
}

export function fileAudience(fileId: string): string {
  return `file:${fileId}`;
}

export function agentAudience(agentId: string): string {
  return `agent:${agentId}`;
}

export function conversationAudience(conversationId: string): string {
  return `conversation:${conversationId}`;
}
