import { GuildhallError } from '@guildhall/kernel';
import { type Context, inTransaction, record } from '../context/index.ts';
import { loadOffice } from '../offices/index.ts';
import { completeReceipt, openReceipt, type Receipt } from '../receipts/index.ts';
import { returnRunsToQueue } from '../runs/index.ts';
import type { AgentState } from './agent.ts';
import { type Agent, loadAgent } from './agent-store.ts';
import { refuseOtherDelegates } from './delegated-change.ts';
import { joinOfficeGroup, leaveOfficeGroup } from './office-group.ts';

/** Stops an agent: no new run starts from the next claim on. A run under way is taken from its worker by the fence. */
export async function stopAgent(context: Context, officeId: string, nameOrId: string, note = ''): Promise<Agent> {
  return setState(context, officeId, nameOrId, 'stopped', 'agent.stopped', note);
}

/** Lets an agent work again; what waited for it goes on. */
export async function startAgent(context: Context, officeId: string, nameOrId: string, note = ''): Promise<Agent> {
  return setState(context, officeId, nameOrId, 'active', 'agent.started', note);
}

/** Puts an agent away: no run of it starts, its tasks and its past stay. */
export async function archiveAgent(context: Context, officeId: string, nameOrId: string): Promise<Agent> {
  return setState(context, officeId, nameOrId, 'archived', 'agent.archived', '');
}

/** Brings an agent back that was put away; what waited for it goes on. */
export async function restoreAgent(context: Context, officeId: string, nameOrId: string): Promise<Agent> {
  return setState(context, officeId, nameOrId, 'active', 'agent.restored', '');
}

/** Stops and starts an agent in one step: a run that hangs is given back to the queue. Answers with a receipt. */
export async function restartAgent(
  context: Context,
  officeId: string,
  nameOrId: string,
): Promise<{ agent: Agent; receipt: Receipt }> {
  return inTransaction(context, async (tx) => {
    const before = await loadAgent(tx, officeId, nameOrId, 'agents:write');
    const opened = await openReceipt(tx, {
      organizationId: before.organization_id,
      officeId,
      subjectId: before.id,
      action: 'agent_restart',
      expectedSeconds: 60,
    });
    await returnRunsToQueue(tx, before.id);
    const agent = await setState(tx, officeId, nameOrId, 'active', 'agent.restarted', '');
    const receipt = await completeReceipt(tx, opened.id, { status: 'ready' });
    return { agent, receipt: receipt ?? opened };
  });
}

async function setState(
  context: Context,
  officeId: string,
  nameOrId: string,
  state: AgentState,
  type: string,
  note: string,
): Promise<Agent> {
  return inTransaction(context, async (tx) => {
    const agent = await loadAgent(tx, officeId, nameOrId, 'agents:write');
    if (tx.principal.kind === 'agent') await refuseOtherDelegates(tx, tx.principal.agentId, agent);
    const isAway = agent.state === 'archived';
    if (isAway !== (type === 'agent.restored') && (isAway || type === 'agent.restored'))
      throw new GuildhallError('invalid_transition', {
        message: isAway ? `${agent.name} is archived.` : `${agent.name} is not archived.`,
        mend: isAway ? 'Restore the agent first.' : 'There is nothing to restore.',
      });
    const updated = await tx.db
      .updateTable('agents')
      .set({ state, updated_at: tx.house.clock.now() })
      .where('id', '=', agent.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    if (state !== 'active') await returnRunsToQueue(tx, agent.id);
    if (state === 'archived') await leaveOfficeGroup(tx, agent);
    if (type === 'agent.restored') await joinOfficeGroup(tx, await loadOffice(tx, officeId, 'agents:write'), agent);
    record(tx, {
      organizationId: agent.organization_id,
      officeId,
      agentId: agent.id,
      type,
      subjectId: agent.id,
      data: { name: agent.name, ...(note === '' ? {} : { note }) },
    });
    // Runs that waited for the agent may start now: the supervisors are to look.
    if (tx.pending !== undefined && state === 'active') tx.pending.runsQueued = true;
    return updated;
  });
}
