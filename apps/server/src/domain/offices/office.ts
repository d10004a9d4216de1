import { errors, newId } from '@guildhall/kernel';
import { authorize } from '../access/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { loadOffice, type Office } from './office-store.ts';

const NAME_CHARS_MAX = 100;

export interface CreateOfficeInput {
  name: string;
  /** Whose office it becomes; only a first-party service may name somebody else. */
  ownerId?: string | undefined;
  /** Make another office although the owner already has one. */
  forceCreate?: boolean | undefined;
}

/**
 * Opens an office. When the owner already has one and `forceCreate` is not set, that one is returned with `existing: true`
 * and the name is ignored, so that set-up scripts may call this as often as they like (seed: mitosis-sdk-readme, CLA-904).
 */
export async function createOffice(
  context: Context,
  input: CreateOfficeInput,
): Promise<{ office: Office; existing: boolean }> {
  const name = officeName(input.name);
  return inTransaction(context, async (tx) => {
    const { userId, organizationId } = await ownerOf(tx, input.ownerId);
    authorize(tx.principal, 'offices:write', { organizationId, what: 'organization', id: organizationId });
    if (input.forceCreate !== true) {
      // Two calls at once must not both find nothing: the owner's row is the lock.
      const owner = tx.db.selectFrom('users').select('id').where('id', '=', userId);
      await (tx.house.engine.kind === 'postgres' ? owner.forUpdate() : owner).execute();
      const existing = await tx.db
        .selectFrom('offices')
        .selectAll()
        .where('organization_id', '=', organizationId)
        .where('owner_user_id', '=', userId)
        .where('deleted_at', 'is', null)
        .orderBy('id')
        .limit(1)
        .executeTakeFirst();
      if (existing !== undefined) return { office: existing, existing: true };
    }
    return { office: await insertOffice(tx, organizationId, userId, name), existing: false };
  });
}

async function insertOffice(tx: Context, organizationId: string, userId: string, name: string): Promise<Office> {
  const now = tx.house.clock.now();
  const office = await tx.db
    .insertInto('offices')
    .values({
      id: newId(),
      organization_id: organizationId,
      owner_user_id: userId,
      name,
      status: 'active',
      settings: {},
      host: 'local',
      status_before_closing: null,
      run_concurrency: null,
      moved_at: null,
      created_at: now,
      updated_at: now,
      deleted_at: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  record(tx, { organizationId, officeId: office.id, type: 'office.created', subjectId: office.id, data: { name } });
  return office;
}

/** Closes an office: it and all in it disappear from every list, waiting work is cancelled. See `restoreOffice`. */
export async function deleteOffice(context: Context, officeId: string): Promise<void> {
  await inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'offices:write');
    const now = tx.house.clock.now();
    await tx.db
      .updateTable('offices')
      .set({ deleted_at: now, status: 'archived', status_before_closing: office.status, updated_at: now })
      .where('id', '=', office.id)
      .execute();
    await tx.db
      .updateTable('agents')
      // What state they were in is kept for a restore: none of them works in an office that is not active.
      .set({ deleted_at: now, updated_at: now })
      .where('office_id', '=', office.id)
      .where('deleted_at', 'is', null)
      .execute();
    // Runs are cancelled by the housekeeping: none starts in an office that is not active.
    await tx.db
      .updateTable('tasks')
      .set({ deleted_at: now, updated_at: now })
      .where('office_id', '=', office.id)
      .where('deleted_at', 'is', null)
      .execute();
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      type: 'office.deleted',
      subjectId: office.id,
      data: { name: office.name },
    });
  });
}

async function ownerOf(
  context: Context,
  ownerId: string | undefined,
): Promise<{ userId: string; organizationId: string }> {
  const { principal } = context;
  if (principal.kind === 'organization_key' || principal.kind === 'system') {
    const organizationId = principal.kind === 'organization_key' ? principal.organizationId : (ownerId ?? '');
    const owner = await context.db
      .selectFrom('memberships')
      .select('user_id')
      .where('organization_id', '=', organizationId)
      .where('role', '=', 'owner')
      .executeTakeFirst();
    if (owner === undefined) throw errors.validationFailed('owner_id', 'names no organisation with an owner');
    return { userId: owner.user_id, organizationId };
  }
  if (principal.kind !== 'user')
    throw principal.kind === 'anonymous'
      ? errors.unauthorized('This needs a credential.')
      : errors.forbidden('offices:write');
  const home =
    principal.organizations.find((organization) => organization.role === 'owner') ?? principal.organizations[0];
  if (home === undefined) throw errors.forbidden('offices:write');
  if (ownerId !== undefined && ownerId !== principal.userId && ownerId !== principal.email) {
    throw errors.validationFailed(
      'owner_id',
      'is not you',
      'Leave it out, or create the office with the owner’s own key.',
    );
  }
  return { userId: principal.userId, organizationId: home.id };
}

function officeName(text: string): string {
  const name = text.normalize('NFC').trim();
  if (name === '') throw errors.validationFailed('name', 'is empty');
  if ([...name].length > NAME_CHARS_MAX)
    throw errors.validationFailed('name', `is longer than ${NAME_CHARS_MAX} characters`);
  if (/\p{Cc}/u.test(name)) throw errors.validationFailed('name', 'contains control characters');
  return name;
}
