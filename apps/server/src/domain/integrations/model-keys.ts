import { modelIntegrations } from '../agents/index.ts';
import type { Context, ModelKey } from '../context/index.ts';
import { sealedPlaceOf } from './sealed-place.ts';

/** An office's own credentials of providers of models. For the house itself: nobody is shown them. */
export async function officeModelKeys(context: Context, officeId: string): Promise<ModelKey[]> {
  const rows = await context.db
    .selectFrom('office_integrations')
    .select(['integration_id', 'sealed', 'updated_at'])
    .where('office_id', '=', officeId)
    .where('integration_id', 'in', modelIntegrations)
    .execute();
  return modelIntegrations.flatMap((provider) => {
    const row = rows.find(({ integration_id }) => integration_id === provider);
    if (row === undefined) return [];
    const secret = context.house.vault.open(row.sealed, sealedPlaceOf(officeId, provider));
    // With the time it was set: a new one does not rest because the one before does.
    return [{ id: `office/${officeId}/${provider}/${row.updated_at}`, provider, secret }];
  });
}
