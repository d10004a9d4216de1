import type { Migration } from '@guildhall/storage';

/** Credentials for services of others: one an office, switched on agent by agent. */
export const integrations: Migration = {
  name: '0010_integrations',
  statements: () => [
    `create table office_integrations (
      office_id text not null, integration_id text not null, sealed text not null, updated_by text not null,
      updated_at bigint not null, primary key (office_id, integration_id))`,
    `create table agent_integrations (
      agent_id text not null, integration_id text not null, office_id text not null, is_enabled BOOLEAN not null,
      status text not null, error text, toggled_at bigint not null, reported_at bigint,
      primary key (agent_id, integration_id))`,
    'create index agent_integrations_of_office on agent_integrations (office_id, integration_id)',
  ],
};
