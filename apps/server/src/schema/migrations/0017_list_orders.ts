import type { Migration } from '@guildhall/storage';
import { QUIET_EVENTS } from '../quiet-events.ts';

/** What happens seldom is found among what happens all the time; lists whose order no index had. */
export const listOrders: Migration = {
  name: '0017_list_orders',
  statements: () => [
    `create index events_quiet_of_office on events (office_id, seq) where ${QUIET_EVENTS}`,
    `create index events_quiet_of_agent on events (agent_id, seq) where agent_id is not null and ${QUIET_EVENTS}`,
    'create index conversation_members_of_agent on conversation_members (agent_id, conversation_id) where agent_id is not null',
    'create index approvals_by_id on approvals (office_id, id)',
    'create index task_artifacts_by_id on task_artifacts (task_id, id)',
    'create index agents_of_office on agents (office_id, number) where deleted_at is null',
  ],
};
