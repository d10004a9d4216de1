import { errors } from '@guildhall/kernel';
import { type Context, inTransaction } from '../context/index.ts';
import { createOffice } from './office.ts';
import { defaultOffice, loadOffice, type Office } from './office-store.ts';

/** The office that a call means which names none: the caller's own, else the organisation's oldest, opened when there is none. */
export async function ensureDefaultOffice(context: Context, organizationId: string): Promise<Office> {
  const { principal } = context;
  if (principal.kind === 'agent' || principal.kind === 'order')
    return loadOffice(context, principal.officeId, 'offices:read');
  return inTransaction(context, async (tx) => {
    const known = await defaultOffice(tx, organizationId);
    if (known !== undefined) return known;
    if (principal.kind === 'anonymous') throw errors.unauthorized('This needs a credential.');
    return (await createOffice(tx, { name: 'Main office' })).office;
  });
}
