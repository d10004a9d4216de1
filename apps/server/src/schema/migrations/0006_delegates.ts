import type { Migration } from '@guildhall/storage';

/** What agents may do beyond their own rights, and what their machines tell. */
export const delegates: Migration = {
  name: '0006_delegates',
  statements: (kind) => {
    const json = kind === 'sqlite' ? 'JSON' : 'jsonb';
    return [
      `create table delegates (
        agent_id text primary key, office_id text not null, permissions ${json} not null, created_by text not null,
        created_at bigint not null, updated_at bigint not null)`,
      'create index delegates_of_office on delegates (office_id, agent_id)',
      `create table callbacks (
        id text primary key, office_id text not null, agent_id text, type text not null, payload ${json} not null,
        created_at bigint not null)`,
      'create index callbacks_of_office on callbacks (office_id, id)',
    ];
  },
};
