import type { Migration } from '@guildhall/storage';

/** Conversations of two and groups are listed each by themselves: many of the one are not read through for the other. */
export const conversationKinds: Migration = {
  name: '0024_conversation_kinds',
  statements: () =>
    ['direct', 'group'].map(
      (kind) => `create index conversations_of_${kind}_kind on conversations (office_id, id) where kind = '${kind}'`,
    ),
};
