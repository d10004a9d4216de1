import type { Migration } from '@guildhall/storage';

/** What was found by reading through all of a table, or of an office. */
export const moreIndexes: Migration = {
  name: '0026_more_indexes',
  statements: () => [
    'create index agents_in_state on agents (office_id, state) where deleted_at is null',
    'create index conversation_members_by_name on conversation_members (participant) where agent_id is not null',
    'create index api_keys_of_agent on api_keys (agent_id) where agent_id is not null',
    'create index api_keys_of_order on api_keys (order_id) where order_id is not null',
    'create index memberships_of_organization on memberships (organization_id, role)',
  ],
};
