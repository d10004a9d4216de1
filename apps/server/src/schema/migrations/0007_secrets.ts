import type { Migration } from '@guildhall/storage';

/** What offices and agents are given to work with. Values are sealed by the vault; the database alone opens none. */
export const secrets: Migration = {
  name: '0007_secrets',
  statements: () => [
    `create table env_vars (
      office_id text not null, agent_id text not null, key text not null, sealed text not null, updated_by text not null,
      updated_at bigint not null, primary key (office_id, agent_id, key))`,
    `create table office_secrets (
      office_id text not null, name text not null, sealed text not null, updated_by text not null,
      updated_at bigint not null, primary key (office_id, name))`,
  ],
};
