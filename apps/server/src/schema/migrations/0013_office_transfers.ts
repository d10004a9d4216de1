import type { Migration } from '@guildhall/storage';

/** Offices that are offered to somebody else. */
export const officeTransfers: Migration = {
  name: '0013_office_transfers',
  statements: () => [
    `create table office_transfers (
      office_id text primary key, organization_id text not null, to_user_id text not null, offered_by text not null,
      offered_at bigint not null, expires_at bigint not null)`,
    'create index office_transfers_to on office_transfers (to_user_id, office_id)',
    // Since when its events stand in the log of its organisation; null when from the beginning.
    'alter table offices add column moved_at bigint',
  ],
};
