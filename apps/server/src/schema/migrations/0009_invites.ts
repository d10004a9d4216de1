import type { Migration } from '@guildhall/storage';

/** Codes by which agents that live elsewhere join an office. Only their hashes are kept. */
export const invites: Migration = {
  name: '0009_invites',
  statements: () => [
    `create table invites (
      id text primary key, organization_id text not null, office_id text not null, kind text not null,
      code_hash text not null unique, label text not null, created_by text not null, created_at bigint not null,
      expires_at bigint not null, used_at bigint, used_by text, revoked_at bigint)`,
    'create index invites_of_office on invites (office_id, id)',
  ],
};
