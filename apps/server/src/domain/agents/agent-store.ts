import { decodeCursor, errors, type Page, type PageRequest, pageOf } from '@guildhall/kernel';
import type { Selectable } from 'kysely';
import type { AgentRow } from '../../schema/index.ts';
import { authorize, type Permission, type Place } from '../access/index.ts';
import type { Context } from '../context/index.ts';
import { loadOffice } from '../offices/index.ts';

export type Agent = Selectable<AgentRow>;

export async function findAgentByName(context: Context, officeId: string, name: string): Promise<Agent | undefined> {
  return context.db
    .selectFrom('agents')
    .selectAll()
    .where('office_id', '=', officeId)
    .where('name', '=', name.normalize('NFC'))
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
}

/** `loadAgent` for who gives it something to do. Throws `conflict` for one that was put away. */
export async function loadWorker(
  context: Context,
  officeId: string,
  nameOrId: string,
  permission: Permission,
): Promise<Agent> {
  const agent = await loadAgent(context, officeId, nameOrId, permission);
  refuseArchived(agent);
  return agent;
}

/** Throws `conflict` for an agent that was put away. */
export function refuseArchived(agent: Pick<Agent, 'name' | 'state'>): void {
  if (agent.state === 'archived')
    throw errors.conflict(`${agent.name} is archived: restore it first, or take another agent.`, { agent: agent.name });
}

/** The agent of an office by name, number or id, for a caller that needs `permission`. */
export async function loadAgent(
  context: Context,
  officeId: string,
  nameOrId: string,
  permission: Permission,
): Promise<Agent> {
  await loadOffice(context, officeId, permission);
  const named = await findAgentByName(context, officeId, nameOrId);
  if (named !== undefined) return named;
  const isNumber = /^\d{1,15}$/.test(nameOrId);
  const byId = await context.db
    .selectFrom('agents')
    .selectAll()
    .where('office_id', '=', officeId)
    .where('deleted_at', 'is', null)
    .where(({ eb, or }) => or([eb('id', '=', nameOrId), ...(isNumber ? [eb('number', '=', Number(nameOrId))] : [])]))
    .executeTakeFirst();
  if (byId === undefined) throw errors.notFound('agent', nameOrId);
  return byId;
}

/** An agent anywhere in an organisation, by name, number or id; by name, the one hired first. An agent sees its own office only. */
export async function loadOrganizationAgent(
  context: Context,
  organizationId: string,
  key: string,
  permission: Permission,
): Promise<Agent> {
  authorize(context.principal, permission, scopeOf(context, organizationId, key));
  const [agent] = await findOrganizationAgents(context, organizationId, key);
  if (agent === undefined) throw errors.notFound('agent', key);
  return agent;
}

const SAME_NAME_MAX = 100;

/** All agents of an organisation that a name, number or id means; several offices may have one of the same name. */
export async function findOrganizationAgents(context: Context, organizationId: string, key: string): Promise<Agent[]> {
  const scope = scopeOf(context, organizationId, key);
  authorize(context.principal, 'agents:read', scope);
  const isNumber = /^\d{1,15}$/.test(key);
  let query = context.db
    .selectFrom('agents')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('deleted_at', 'is', null)
    .where(({ eb, or }) =>
      or([
        eb('name', '=', key.normalize('NFC')),
        eb('id', '=', key),
        ...(isNumber ? [eb('number', '=', Number(key))] : []),
      ]),
    )
    .orderBy('number')
    .limit(SAME_NAME_MAX);
  if (scope.officeId !== undefined) query = query.where('office_id', '=', scope.officeId);
  return query.execute();
}

/** An agent principal lives in one office; everybody else is judged by the organisation. */
function scopeOf(context: Context, organizationId: string, id: string): Place {
  const { principal } = context;
  return {
    organizationId,
    ...(principal.kind === 'agent' || principal.kind === 'order' ? { officeId: principal.officeId } : {}),
    what: 'agent',
    id,
  };
}

/** The agents of an office in the order they were hired. */
export async function listAgents(context: Context, officeId: string, page: PageRequest): Promise<Page<Agent>> {
  await loadOffice(context, officeId, 'agents:read');
  let query = context.db
    .selectFrom('agents')
    .selectAll()
    .where('office_id', '=', officeId)
    .where('deleted_at', 'is', null)
    .orderBy('number')
    .limit(page.limit + 1);
  if (page.cursor !== undefined) query = query.where('number', '>', decodeCursor(page.cursor, 'number')[0]);
  return pageOf(await query.execute(), page.limit, (agent) => [agent.number]);
}

/** The agents of all offices of an organisation: the ops view. `offset` as its API has it, bounded by the caller. */
export async function listOrganizationAgents(
  context: Context,
  organizationId: string,
  page: { limit: number; offset: number; states?: string[] | undefined },
): Promise<{ agents: Agent[]; total: number }> {
  const scope = scopeOf(context, organizationId, organizationId);
  authorize(context.principal, 'agents:read', scope);
  let query = context.db
    .selectFrom('agents')
    .where('organization_id', '=', organizationId)
    .where('deleted_at', 'is', null);
  if (scope.officeId !== undefined) query = query.where('office_id', '=', scope.officeId);
  if (page.states !== undefined) query = query.where('state', 'in', [...page.states, '']);
  const agents = await query.selectAll().orderBy('number').limit(page.limit).offset(page.offset).execute();
  const { count } = await query.select(({ fn }) => fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
  return { agents, total: Number(count) };
}

/** The names of agents, read at once. Fired agents keep their names. */
export async function agentNames(context: Context, ids: readonly string[]): Promise<Map<string, string>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return new Map();
  const rows = await context.db.selectFrom('agents').select(['id', 'name']).where('id', 'in', wanted).execute();
  return new Map(rows.map((row) => [row.id, row.name]));
}
