import type { Migration } from '@guildhall/storage';

/** Files that are not for every agent alike. */
export const filePermissions: Migration = {
  name: '0008_file_permissions',
  statements: (kind) => [
    `alter table drive_files add column is_restricted BOOLEAN not null default ${kind === 'sqlite' ? '0' : 'false'}`,
    `create table file_permissions (
      file_id text not null, agent_id text not null, access text not null, primary key (file_id, agent_id))`,
    `create index drive_files_restricted on drive_files (office_id, id) where is_restricted`,
  ],
};
