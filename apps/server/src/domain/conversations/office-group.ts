import { newId } from '@guildhall/kernel';
import { type Context, inTransaction } from '../context/index.ts';
import { loadOffice, type Office } from '../offices/index.ts';
import type { Conversation } from './conversation-store.ts';

/** Where a direct conversation has the names of the two, the group of the whole office has this: there is one of it. */
const KEY = 'office';

/**
 * The group of an office: `user` and every agent that is there, brought up to date when somebody looks (seed:
 * mitosis-external-agents, canonical office group).
 */
export async function officeGroup(context: Context, officeId: string): Promise<Conversation> {
  return inTransaction(context, async (tx) => openOfficeGroup(tx, await loadOffice(tx, officeId, 'chat:read')));
}

export async function openOfficeGroup(tx: Context, office: Office): Promise<Conversation> {
  const now = tx.house.clock.now();
  await tx.db
    .insertInto('conversations')
    .values({
      id: newId(),
      organization_id: office.organization_id,
      office_id: office.id,
      kind: 'group',
      name: office.name,
      direct_key: KEY,
      created_at: now,
      last_message: null,
      last_message_at: null,
    })
    .onConflict((conflict) => conflict.columns(['office_id', 'direct_key']).doNothing())
    .execute();
  const group = await tx.db
    .selectFrom('conversations')
    .selectAll()
    .where('office_id', '=', office.id)
    .where('direct_key', '=', KEY)
    .executeTakeFirstOrThrow();
  await tx.db
    .insertInto('conversation_members')
    .columns(['conversation_id', 'participant', 'agent_id', 'joined_at'])
    .expression(({ selectFrom, val }) =>
      selectFrom('agents')
        .select(({ ref }) => [
          val(group.id).as('conversation_id'),
          ref('agents.name').as('participant'),
          ref('agents.id').as('agent_id'),
          val(now).as('joined_at'),
        ])
        .where('agents.office_id', '=', office.id)
        .where('agents.deleted_at', 'is', null)
        .where('agents.state', '<>', 'archived'),
    )
    .onConflict((conflict) => conflict.columns(['conversation_id', 'participant']).doNothing())
    .execute();
  await tx.db
    .insertInto('conversation_members')
    .values({ conversation_id: group.id, participant: 'user', agent_id: null, joined_at: now })
    .onConflict((conflict) => conflict.columns(['conversation_id', 'participant']).doNothing())
    .execute();
  await tx.db
    .deleteFrom('conversation_members')
    .where('conversation_id', '=', group.id)
    .where('participant', '<>', 'user')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('agents')
            .select('agents.id')
            .whereRef('agents.id', '=', 'conversation_members.agent_id')
            .where('agents.deleted_at', 'is', null)
            .where('agents.state', '<>', 'archived'),
        ),
      ),
    )
    .execute();
  return group;
}
