import { newId } from '@guildhall/kernel';
import type { Context } from '../context/index.ts';
import type { Office } from '../offices/index.ts';
import type { Agent } from './agent-store.ts';

/** Where a direct conversation has the names of the two, the group of the whole office has this: there is one of it. */
export const OFFICE_GROUP_KEY = 'office';

/** The group of an office, made with `user` in it when it is not there yet. Answers with its id. */
export async function ensureOfficeGroup(
  tx: Context,
  office: Pick<Office, 'id' | 'organization_id' | 'name'>,
): Promise<string> {
  const find = () =>
    tx.db
      .selectFrom('conversations')
      .select('id')
      .where('office_id', '=', office.id)
      .where('direct_key', '=', OFFICE_GROUP_KEY)
      .executeTakeFirst();
  const known = await find();
  if (known !== undefined) return known.id;
  const now = tx.house.clock.now();
  await tx.db
    .insertInto('conversations')
    .values({
      id: newId(),
      organization_id: office.organization_id,
      office_id: office.id,
      kind: 'group',
      name: office.name,
      direct_key: OFFICE_GROUP_KEY,
      created_at: now,
      last_message: null,
      last_message_at: null,
      channel: null,
      channel_id: null,
    })
    .onConflict((conflict) => conflict.columns(['office_id', 'direct_key']).doNothing())
    .execute();
  const made = await find();
  if (made === undefined) throw new Error('the group of the office was just made');
  await tx.db
    .insertInto('conversation_members')
    .values({ conversation_id: made.id, participant: 'user', agent_id: null, joined_at: now })
    .onConflict((conflict) => conflict.columns(['conversation_id', 'participant']).doNothing())
    .execute();
  return made.id;
}

/** Who is hired, or brought back, is in the group of its office. */
export async function joinOfficeGroup(
  tx: Context,
  office: Pick<Office, 'id' | 'organization_id' | 'name'>,
  agent: Pick<Agent, 'id' | 'name'>,
): Promise<void> {
  const conversation_id = await ensureOfficeGroup(tx, office);
  await tx.db
    .insertInto('conversation_members')
    .values({ conversation_id, participant: agent.name, agent_id: agent.id, joined_at: tx.house.clock.now() })
    .onConflict((conflict) => conflict.columns(['conversation_id', 'participant']).doUpdateSet({ agent_id: agent.id }))
    .execute();
}

/** Who is fired, or put away, leaves it. */
export async function leaveOfficeGroup(tx: Context, agent: Pick<Agent, 'id' | 'office_id'>): Promise<void> {
  await tx.db
    .deleteFrom('conversation_members')
    .where('agent_id', '=', agent.id)
    .where(({ eb, selectFrom }) =>
      eb(
        'conversation_id',
        'in',
        selectFrom('conversations')
          .select('id')
          .where('office_id', '=', agent.office_id)
          .where('direct_key', '=', OFFICE_GROUP_KEY),
      ),
    )
    .execute();
}
