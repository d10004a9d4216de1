import { decodeCursor, errors, type Page, type PageRequest, pageOf } from '@guildhall/kernel';
import { prepareQuery } from '@guildhall/storage';
import type { Selectable } from 'kysely';
import type { OfficeRow, Tables } from '../../schema/index.ts';
import { authorize, type Permission } from '../access/index.ts';
import type { Context } from '../context/index.ts';
import { GRACE_MS } from './grace.ts';

export type Office = Selectable<OfficeRow>;

const selectOffice = prepareQuery<Tables, { id: string }>({ keptWhile: ['offices'] })((db, parameter) =>
  db.selectFrom('offices').selectAll().where('id', '=', parameter('id')).where('deleted_at', 'is', null),
);

export async function findOffice(context: Context, officeId: string): Promise<Office | undefined> {
  return (await selectOffice(context.db, { id: officeId }))[0];
}

/** The office, for a caller that needs `permission` in it. Throws `not_found` also for an office of somebody else. */
export async function loadOffice(context: Context, officeId: string, permission: Permission): Promise<Office> {
  const office = await findOffice(context, officeId);
  if (office === undefined) {
    // A stranger learns nothing; the missing credential comes first.
    authorize(context.principal, permission, { organizationId: '', officeId, what: 'office', id: officeId });
    throw errors.notFound('office', officeId);
  }
  authorize(context.principal, permission, {
    organizationId: office.organization_id,
    officeId: office.id,
    what: 'office',
    id: officeId,
  });
  return office;
}

/** The offices that the caller may see, oldest first: those that are open, or those that were closed and can be opened again. */
export async function listOffices(
  context: Context,
  page: PageRequest,
  { isClosed = false } = {},
): Promise<Page<Office>> {
  const { principal } = context;
  const since = context.house.clock.now() - GRACE_MS;
  let query = context.db
    .selectFrom('offices')
    .selectAll()
    .where((where) => (isClosed ? where('deleted_at', '>', since) : where('deleted_at', 'is', null)))
    .orderBy('id')
    .limit(page.limit + 1);
  switch (principal.kind) {
    case 'anonymous':
      throw errors.unauthorized('This needs a credential.');
    case 'user':
      query = query.where('organization_id', 'in', [
        ...principal.organizations.map((organization) => organization.id),
        '',
      ]);
      break;
    case 'agent':
    case 'order':
      query = query.where('id', '=', principal.officeId);
      break;
    case 'organization_key':
      authorize(principal, 'offices:read', {
        organizationId: principal.organizationId,
        what: 'organization',
        id: principal.organizationId,
      });
      query = query.where('organization_id', '=', principal.organizationId);
      break;
    case 'system':
      break;
  }
  if (page.cursor !== undefined) query = query.where('id', '>', decodeCursor(page.cursor, 'string')[0]);
  return pageOf(await query.execute(), page.limit, (office) => [office.id]);
}

/** The oldest office of an organisation: where ops calls land that name none. */
export async function defaultOffice(context: Context, organizationId: string): Promise<Office | undefined> {
  return context.db
    .selectFrom('offices')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
}
