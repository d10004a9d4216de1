import { errors } from '@guildhall/kernel';
import type { Context } from '../context/index.ts';
import type { Agent } from './agent-store.ts';

/** A delegate manages its colleagues; it changes neither itself nor another delegate. */
export async function refuseOtherDelegates(tx: Context, byAgentId: string, agent: Pick<Agent, 'id'>): Promise<void> {
  const other = await tx.db
    .selectFrom('delegates')
    .select('agent_id')
    .where('agent_id', '=', agent.id)
    .executeTakeFirst();
  if (agent.id === byAgentId || other !== undefined) throw errors.forbidden('agents:write on a delegate');
}
