import type { Context } from '../context/index.ts';

/** Services whose credential a model can be asked with, as integrations of an office. */
export const modelIntegrations = ['anthropic', 'openai', 'openrouter', 'google'] as const;

/** Those of them that an office has a credential of, as it is kept with its agents: with spaces between. */
export async function officeProvidersOf(context: Context, officeId: string): Promise<string> {
  const rows = await context.db
    .selectFrom('office_integrations')
    .select('integration_id')
    .where('office_id', '=', officeId)
    .where('integration_id', 'in', modelIntegrations)
    .execute();
  return modelIntegrations.filter((id) => rows.some(({ integration_id }) => integration_id === id)).join(' ');
}

/** The office got a credential, or lost one: its agents are thought for accordingly from the next run on. */
export async function noteOfficeProviders(tx: Context, officeId: string): Promise<void> {
  await tx.db
    .updateTable('agents')
    .set({ office_providers: await officeProvidersOf(tx, officeId) })
    .where('office_id', '=', officeId)
    .execute();
}

/** As it is kept → as a list. */
export function providersIn({ office_providers }: { office_providers: string }): string[] {
  return office_providers.split(' ').filter(Boolean);
}
