import { errors } from '@guildhall/kernel';
import { authorize } from '../access/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { GRACE_MS } from './grace.ts';
import type { Office } from './office-store.ts';

/**
 * Opens an office again that was closed by mistake: its agents and tasks come back with it, as they were; runs that were
 * cancelled stay so. Throws `not_found` for one that is not closed, or was longer than 30 days ago.
 */
export async function restoreOffice(context: Context, officeId: string): Promise<Office> {
  return inTransaction(context, async (tx) => {
    const closed = await tx.db.selectFrom('offices').selectAll().where('id', '=', officeId).executeTakeFirst();
    authorize(tx.principal, 'offices:write', {
      organizationId: closed?.organization_id ?? '',
      officeId,
      what: 'closed office',
      id: officeId,
    });
    const closedAt = closed?.deleted_at ?? null;
    if (closed === undefined || closedAt === null || closedAt <= tx.house.clock.now() - GRACE_MS)
      throw errors.notFound('closed office', officeId);
    const updated_at = tx.house.clock.now();
    const office = await tx.db
      .updateTable('offices')
      .set({
        deleted_at: null,
        // Who had stopped it has not let it go.
        status: closed.status_before_closing ?? 'active',
        status_before_closing: null,
        updated_at,
      })
      .where('id', '=', closed.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    // What had gone before the office did stays gone.
    for (const table of ['agents', 'tasks'] as const)
      await tx.db
        .updateTable(table)
        .set({ deleted_at: null, updated_at })
        .where('office_id', '=', office.id)
        .where('deleted_at', '=', closedAt)
        .execute();
    if (tx.pending !== undefined) tx.pending.runsQueued = true;
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      type: 'office.restored',
      subjectId: office.id,
      data: { name: office.name },
    });
    return office;
  });
}
