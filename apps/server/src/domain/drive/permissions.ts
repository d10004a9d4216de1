import { errors } from '@guildhall/kernel';
import { type Context, inTransaction, record } from '../context/index.ts';
import { indexDriveFile, readContent } from '../memory/index.ts';
import { loadOffice } from '../offices/index.ts';
import { lockFile } from './drive.ts';
import { type DriveFile, findFile } from './drive-store.ts';
import { accessOf, EVERY_AGENT, type FileAccess, readerOf } from './file-access.ts';

export interface FilePermission {
  /** Or `EVERY_AGENT`. */
  agentName: string;
  access: FileAccess;
}

export async function readPermissions(context: Context, officeId: string, name: string): Promise<FilePermission[]> {
  await loadOffice(context, officeId, 'files:read');
  const file = await findFile(context, officeId, name);
  if (file === undefined || (await accessOf(context, file)) === 'none') throw errors.notFound('file', name);
  const rows = await context.db
    .selectFrom('file_permissions')
    .leftJoin('agents', 'agents.id', 'file_permissions.agent_id')
    .select(['file_permissions.agent_id', 'agents.name', 'access'])
    .where('file_id', '=', file.id)
    .orderBy('file_permissions.agent_id')
    .execute();
  return rows.map(({ agent_id, name: agentName, access }) => ({
    agentName: agentName ?? agent_id,
    access: access as FileAccess,
  }));
}

/**
 * Sets which agents may do what with a file, in the place of what was set before; an empty list opens it to all again. Held
 * at once everywhere: API, tools, the drive as a folder, memory. People set it; agents do not.
 */
export async function setPermissions(
  context: Context,
  officeId: string,
  name: string,
  permissions: readonly FilePermission[],
): Promise<void> {
  const seen = await loadForChange(context, officeId, name);
  // Read before the transaction: what the memory knows of the file changes its readers with it.
  const content = await readContent(context, seen.name, { sha256: seen.sha256, sizeBytes: seen.size_bytes });
  await inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'files:write');
    const file = await lockFile(tx, office.id, name);
    if (file === undefined) throw errors.notFound('file', name);
    if (file.sha256 !== seen.sha256) throw errors.conflict(`"${name}" was written meanwhile.`);
    const rows = await Promise.all(
      permissions.map(async ({ agentName, access }) => ({
        file_id: file.id,
        agent_id: agentName === EVERY_AGENT ? EVERY_AGENT : await agentIdOf(tx, officeId, agentName),
        access,
      })),
    );
    if (new Set(rows.map(({ agent_id }) => agent_id)).size < rows.length)
      throw errors.validationFailed('agent_name', 'names an agent twice');
    await tx.db.deleteFrom('file_permissions').where('file_id', '=', file.id).execute();
    if (rows.length > 0) await tx.db.insertInto('file_permissions').values(rows).execute();
    const is_restricted = rows.length > 0;
    await tx.db.updateTable('drive_files').set({ is_restricted }).where('id', '=', file.id).execute();
    if (is_restricted !== file.is_restricted) await indexDriveFile(tx, office, { ...file, is_restricted }, content);
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      type: 'file.permissions_set',
      subjectId: file.id,
      data: { name: file.name, permissions: permissions.map(({ agentName, access }) => `${agentName}: ${access}`) },
    });
  });
}

async function loadForChange(context: Context, officeId: string, name: string): Promise<DriveFile> {
  await loadOffice(context, officeId, 'files:write');
  const file = await findFile(context, officeId, name);
  if (file === undefined || (await accessOf(context, file)) === 'none') throw errors.notFound('file', name);
  if (readerOf(context) !== undefined) throw errors.forbidden('files:write on permissions');
  return file;
}

async function agentIdOf(tx: Context, officeId: string, name: string): Promise<string> {
  const agent = await tx.db
    .selectFrom('agents')
    .select('id')
    .where('office_id', '=', officeId)
    .where('name', '=', name.normalize('NFC'))
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  if (agent === undefined)
    throw errors.validationFailed(
      'agent_name',
      `"${name}" is no agent of this office`,
      `Use a name, or ${EVERY_AGENT} for all.`,
    );
  return agent.id;
}
