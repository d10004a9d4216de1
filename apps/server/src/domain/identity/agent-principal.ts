import type { AgentPrincipal } from '../access/index.ts';
import type { Context } from '../context/index.ts';

/** Agent id → principal with the rights that its office gives it; undefined when it was fired or put away. */
export async function agentPrincipal(context: Context, agentId: string): Promise<AgentPrincipal | undefined> {
  const row = await context.db
    .selectFrom('agents')
    .innerJoin('offices', 'offices.id', 'agents.office_id')
    .leftJoin('delegates', 'delegates.agent_id', 'agents.id')
    .select([
      'agents.id',
      'agents.name',
      'agents.office_id',
      'agents.organization_id',
      'offices.settings',
      'delegates.permissions',
    ])
    .where('agents.id', '=', agentId)
    .where('agents.deleted_at', 'is', null)
    .where('agents.state', '<>', 'archived')
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    kind: 'agent',
    agentId: row.id,
    name: row.name,
    officeId: row.office_id,
    organizationId: row.organization_id,
    mayHire: row.settings.allow_agent_hiring === true,
    delegated: row.permissions ?? [],
  };
}
