import { type ExpressionBuilder, type Selectable, sql } from 'kysely';
import { type DriveFileRow, isRestrictedFile, type Tables } from '../../schema/index.ts';
import type { Context } from '../context/index.ts';

export const fileAccesses = ['none', 'read', 'write'] as const;
export type FileAccess = (typeof fileAccesses)[number];

/** Every agent that has no permission of its own. */
export const EVERY_AGENT = '*';

/** By whose permissions the caller reads: an agent by its own, the office's machines by those of every agent, people by none. */
export function readerOf({ principal }: Context): string | undefined {
  if (principal.kind === 'agent') return principal.agentId;
  return principal.kind === 'order' ? '' : undefined;
}

/** What the caller may do with a file: people all, an agent what was set for it, else for every agent, else all. */
export async function accessOf(
  context: Context,
  file: Pick<Selectable<DriveFileRow>, 'id' | 'is_restricted'>,
): Promise<FileAccess> {
  const reader = readerOf(context);
  if (reader === undefined || !file.is_restricted) return 'write';
  const rows = await context.db
    .selectFrom('file_permissions')
    .select(['agent_id', 'access'])
    .where('file_id', '=', file.id)
    .where('agent_id', 'in', [reader, EVERY_AGENT])
    .execute();
  const own = rows.find(({ agent_id }) => agent_id === reader) ?? rows[0];
  return (own?.access as FileAccess | undefined) ?? 'write';
}

/**
 * The file that was last deleted under a name, when it was kept from somebody: what comes under that name again is kept from the
 * same ones, or deleting it would be the way around.
 */
export async function guardedBefore(
  context: Context,
  officeId: string,
  name: string,
): Promise<Pick<Selectable<DriveFileRow>, 'id' | 'name' | 'is_restricted'> | undefined> {
  const last = await context.db
    .selectFrom('drive_files')
    .select(['id', 'name', 'is_restricted'])
    .where('office_id', '=', officeId)
    .where('name', '=', name)
    .where('deleted_at', 'is not', null)
    .orderBy('deleted_at', 'desc')
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last?.is_restricted === true ? last : undefined;
}

/** Keeps a file from the same ones as another. */
export async function copyPermissions(tx: Context, fromFileId: string, toFileId: string): Promise<void> {
  await tx.db
    .insertInto('file_permissions')
    .columns(['file_id', 'agent_id', 'access'])
    .expression(({ selectFrom, val }) =>
      selectFrom('file_permissions')
        .select([val(toFileId).as('file_id'), 'agent_id', 'access'])
        .where('file_id', '=', fromFileId),
    )
    .execute();
}

/** The same as a condition on `drive_files`, for lists: what an agent may read. */
export function isReadableBy(agentId: string) {
  return ({ or, not, ref }: ExpressionBuilder<Tables, 'drive_files'>) => {
    const accessFor = (whom: string) => sql<string>`(select access from file_permissions
      where file_id = ${ref('drive_files.id')} and agent_id = ${whom})`;
    return or([
      not(ref('drive_files.is_restricted')),
      sql<boolean>`coalesce(${accessFor(agentId)}, ${accessFor(EVERY_AGENT)}, 'write') <> 'none'`,
    ]);
  };
}

/** Whether the caller may know of a file by its id; of one that is gone for good, agents may not: from whom it was kept went with it. */
export async function maySeeFile(context: Context, fileId: string): Promise<boolean> {
  if (readerOf(context) === undefined) return true;
  const file = await context.db
    .selectFrom('drive_files')
    .select(['id', 'is_restricted'])
    .where('id', '=', fileId)
    .executeTakeFirst();
  return file !== undefined && (await accessOf(context, file)) !== 'none';
}

/** Whether files of an office are kept from some of its agents. */
export async function hasRestrictedFiles(context: Context, officeId: string): Promise<boolean> {
  const some = await context.db
    .selectFrom('drive_files')
    .select('id')
    .where('office_id', '=', officeId)
    .where(isRestrictedFile)
    .limit(1)
    .executeTakeFirst();
  return some !== undefined;
}
