import type { Migration } from '@guildhall/storage';

const has = (provider: string) =>
  `case when exists (select 1 from office_integrations i where i.office_id = agents.office_id and i.integration_id = '${provider}')
    then '${provider} ' else '' end`;

/** The providers of models that an agent's office has a credential of: who thinks for an agent is known from its row alone. */
export const officeProviders: Migration = {
  name: '0020_office_providers',
  statements: () => [
    "alter table agents add column office_providers text not null default ''",
    `update agents set office_providers = ${['anthropic', 'openai', 'openrouter', 'google'].map(has).join(' || ')}`,
  ],
};
