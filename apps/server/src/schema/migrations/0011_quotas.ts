import type { Migration } from '@guildhall/storage';

/** How much of the house an office may use. */
export const quotas: Migration = {
  name: '0011_quotas',
  statements: () => [
    `create table office_quotas (
      office_id text primary key, tier text not null, cpu_cores bigint not null, memory_gigabytes bigint not null,
      agents_max bigint not null, updated_by text not null, updated_at bigint not null)`,
  ],
};
