import type { Migration } from '@guildhall/storage';

/** The time of the newest event of a log: the next one is not before it, whatever the clocks of the processes say. */
export const eventTimes: Migration = {
  name: '0018_event_times',
  statements: () => [
    'alter table streams add column event_at bigint not null default 0',
    "create index tasks_in_state on tasks (office_id, state, number) where deleted_at is null and state <> 'queued'",
  ],
};
