import type { Migration } from '@guildhall/storage';

/** Agents on networks outside of the house: who they are there, what came from there once, and what is on its way out. */
export const channels: Migration = {
  name: '0019_channels',
  statements: () => [
    'alter table conversations add column channel text',
    'alter table conversations add column channel_id text',
    `create unique index groups_on_channel on conversations (office_id, channel, channel_id)
      where channel is not null and kind = 'group'`,
    `create table channel_accounts (
      agent_id text not null, channel text not null, office_id text not null, address text not null, sealed text not null,
      holder text, fence bigint not null, lease_expires_at bigint not null,
      failures bigint not null, retry_at bigint not null, created_at bigint not null, primary key (agent_id, channel))`,
    'create unique index channel_accounts_by_address on channel_accounts (channel, address)',
    'create index channel_accounts_of_holder on channel_accounts (holder)',
    'create index agent_integrations_on on agent_integrations (integration_id, agent_id)',
    `create table channel_receipts (
      office_id text not null, channel text not null, external_id text not null, received_at bigint not null,
      primary key (office_id, channel, external_id))`,
    'create index channel_receipts_by_age on channel_receipts (received_at)',
    `create table channel_deliveries (
      message_id text primary key, conversation_id text not null, agent_id text not null, channel text not null,
      state text not null, attempts bigint not null, next_attempt_at bigint not null, external_id text, error text,
      created_at bigint not null)`,
    `create index channel_deliveries_waiting on channel_deliveries (agent_id, channel, message_id) where state = 'queued'`,
    `create index channel_deliveries_failed on channel_deliveries (conversation_id, message_id) where state = 'failed'`,
  ],
};
