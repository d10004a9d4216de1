import type { Migration } from '@guildhall/storage';

/** Agents that were cloned into the house, and what they bring with them. */
export const clones: Migration = {
  name: '0016_clones',
  statements: (kind) => {
    const json = kind === 'sqlite' ? 'JSON' : 'jsonb';
    return [
      `create table clone_transfers (
        id text primary key, organization_id text not null, office_id text not null, origin_agent_id text not null,
        origin_name text not null, clone_agent_id text not null, clone_name text not null, state text not null,
        phase text not null, progress_percent integer not null, message text not null, error text, manifest ${json},
        bundle_sha256 text, bundle_bytes bigint not null, report ${json}, fence bigint not null, lease_expires_at bigint,
        started_at bigint, created_at bigint not null, updated_at bigint not null)`,
      'create index clone_transfers_of_clone on clone_transfers (clone_agent_id)',
      "create index clone_transfers_open on clone_transfers (created_at) where state in ('waiting', 'ready', 'working')",
      'create index clone_transfers_of_bundle on clone_transfers (bundle_sha256) where bundle_sha256 is not null',
    ];
  },
};
