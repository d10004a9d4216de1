import type { Migration } from '@guildhall/storage';

/** Runs that wait for a person are found among all that wait for their turn. */
export const waitingRuns: Migration = {
  name: '0025_waiting_runs',
  statements: () => [
    `create index runs_for_people on runs (office_id, created_at, id)
      where status = 'queued' and waiting_reason in ('budget_exhausted', 'model_unavailable')`,
  ],
};
