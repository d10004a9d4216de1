import { decodeCursor, errors, GuildhallError, type Page, type PageRequest, pageOf } from '@guildhall/kernel';
import type { Selectable } from 'kysely';
import type { DelegateRow } from '../../schema/index.ts';
import { actorOf, authorize, delegatable, type Permission } from '../access/index.ts';
import { type Agent, loadAgent } from '../agents/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { loadOffice } from '../offices/index.ts';

/** An agent that may do more than its work, as far as somebody said so. */
export type Delegate = Selectable<DelegateRow> & { agentName: string };

/** The delegates of an office, by agent. */
export async function listDelegates(context: Context, officeId: string, page: PageRequest): Promise<Page<Delegate>> {
  const office = await loadOffice(context, officeId, 'agents:read');
  let query = context.db
    .selectFrom('delegates')
    .innerJoin('agents', 'agents.id', 'delegates.agent_id')
    .selectAll('delegates')
    .select('agents.name as agentName')
    .where('delegates.office_id', '=', office.id)
    .where('agents.deleted_at', 'is', null)
    .orderBy('delegates.agent_id')
    .limit(page.limit + 1);
  if (page.cursor !== undefined) query = query.where('delegates.agent_id', '>', decodeCursor(page.cursor, 'string')[0]);
  return pageOf(await query.execute(), page.limit, (delegate) => [delegate.agent_id]);
}

/** What was delegated to an agent, by its name or id. Throws `not_found` when nothing was. */
export async function loadDelegate(context: Context, officeId: string, nameOrId: string): Promise<Delegate> {
  const agent = await loadAgent(context, officeId, nameOrId, 'agents:read');
  const delegate = await find(context, agent);
  if (delegate === undefined) throw errors.notFound('delegate', nameOrId);
  return delegate;
}

/**
 * Delegates permissions to an agent: these, in the place of what it had, and nothing beyond them. Nobody delegates what he
 * may not do himself, and agents delegate nothing. `isNew` refuses an agent that is a delegate already, or one that is not.
 */
export async function setDelegate(
  context: Context,
  officeId: string,
  nameOrId: string,
  permissions: readonly string[],
  isNew: boolean,
): Promise<Delegate> {
  return inTransaction(context, async (tx) => {
    const agent = await loadForDelegation(tx, officeId, nameOrId);
    const wanted = [...new Set(permissions)].map((permission) => checked(tx, agent, permission));
    const before = await find(tx, agent);
    if (isNew && before !== undefined)
      throw new GuildhallError('conflict', {
        message: `${agent.name} is a delegate already.`,
        mend: 'Change what is delegated to it instead (PATCH).',
      });
    if (!isNew && before === undefined) throw errors.notFound('delegate', nameOrId);
    const now = tx.house.clock.now();
    const { kind, id } = actorOf(tx.principal);
    await tx.db
      .insertInto('delegates')
      .values({
        agent_id: agent.id,
        office_id: agent.office_id,
        permissions: wanted,
        created_by: `${kind}:${id}`,
        created_at: now,
        updated_at: now,
      })
      .onConflict((conflict) => conflict.column('agent_id').doUpdateSet({ permissions: wanted, updated_at: now }))
      .execute();
    note(tx, agent, 'delegate.set', { permissions: wanted });
    const delegate = await find(tx, agent);
    if (delegate === undefined) throw new Error('a delegate is gone in the transaction that wrote it');
    return delegate;
  });
}

/** Takes back what was delegated to an agent; from its next request on it has its own rights only. */
export async function deleteDelegate(context: Context, officeId: string, nameOrId: string): Promise<void> {
  await inTransaction(context, async (tx) => {
    const agent = await loadForDelegation(tx, officeId, nameOrId);
    const gone = await tx.db
      .deleteFrom('delegates')
      .where('agent_id', '=', agent.id)
      .returning('agent_id')
      .executeTakeFirst();
    if (gone === undefined) throw errors.notFound('delegate', nameOrId);
    note(tx, agent, 'delegate.removed', {});
  });
}

async function loadForDelegation(tx: Context, officeId: string, nameOrId: string): Promise<Agent> {
  const agent = await loadAgent(tx, officeId, nameOrId, 'agents:write');
  // Delegated rights must not multiply by themselves.
  if (tx.principal.kind === 'agent') throw errors.forbidden('agents:write');
  return agent;
}

function checked(tx: Context, agent: Agent, permission: string): Permission {
  const known = delegatable.find((one) => one === permission);
  if (known === undefined)
    throw errors.validationFailed(
      'permissions',
      `"${permission}" cannot be delegated`,
      `Use some of: ${delegatable.join(', ')}.`,
    );
  authorize(tx.principal, known, {
    organizationId: agent.organization_id,
    officeId: agent.office_id,
    what: 'office',
    id: agent.office_id,
  });
  return known;
}

function find(context: Context, agent: Agent): Promise<Delegate | undefined> {
  return context.db
    .selectFrom('delegates')
    .innerJoin('agents', 'agents.id', 'delegates.agent_id')
    .selectAll('delegates')
    .select('agents.name as agentName')
    .where('delegates.agent_id', '=', agent.id)
    .executeTakeFirst();
}

function note(tx: Context, agent: Agent, type: string, data: { permissions?: Permission[] }): void {
  record(tx, {
    organizationId: agent.organization_id,
    officeId: agent.office_id,
    agentId: agent.id,
    type,
    subjectId: agent.id,
    data: { name: agent.name, ...data },
  });
}
