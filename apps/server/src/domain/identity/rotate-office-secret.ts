import { type Context, inTransaction, record } from '../context/index.ts';
import { loadOffice } from '../offices/index.ts';
import { issueKey } from './api-key.ts';

/** Machines of the office take the new one in their own time. */
const OVERLAP_MS = 600_000;

/**
 * A new secret of an office, shown once: what its own machines call this house with. It works in that office (reads, tasks,
 * files, callbacks) and manages nothing. The one before is good for ten minutes more.
 */
export async function rotateOfficeSecret(
  context: Context,
  officeId: string,
): Promise<{ secret: string; previousValidUntil: number }> {
  return inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'secrets:write');
    const previousValidUntil = tx.house.clock.now() + OVERLAP_MS;
    await tx.db
      .updateTable('api_keys')
      .set({ expires_at: previousValidUntil })
      .where('family', '=', 'order')
      .where('order_id', '=', office.id)
      .where('organization_id', '=', office.organization_id)
      .where('revoked_at', 'is', null)
      .where(({ or, eb }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', previousValidUntil)]))
      .execute();
    const { key } = await issueKey(tx, {
      family: 'order',
      name: office.name,
      organizationId: office.organization_id,
      orderId: office.id,
    });
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      type: 'office.secret_rotated',
      subjectId: office.id,
      data: { previous_valid_until: previousValidUntil },
    });
    return { secret: key, previousValidUntil };
  });
}
