import { ensureOfficeGroup } from '../agents/index.ts';
import { type Context, inTransaction } from '../context/index.ts';
import { loadOffice, type Office } from '../offices/index.ts';
import type { Conversation } from './conversation-store.ts';

/**
 * The group of an office: `user` and every agent that is there: kept as agents come and go, and set right when somebody looks (seed:
 * mitosis-external-agents, canonical office group).
 */
export async function officeGroup(context: Context, officeId: string): Promise<Conversation> {
  return inTransaction(context, async (tx) => openOfficeGroup(tx, await loadOffice(tx, officeId, 'chat:read')));
}

export async function openOfficeGroup(tx: Context, office: Office): Promise<Conversation> {
  const now = tx.house.clock.now();
  const groupId = await ensureOfficeGroup(tx, office);
  const group = await tx.db.selectFrom('conversations').selectAll().where('id', '=', groupId).executeTakeFirstOrThrow();
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
