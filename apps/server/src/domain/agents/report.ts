import { errors } from '@guildhall/kernel';
import { type Context, inTransaction, record } from '../context/index.ts';
import { loadAgent } from './agent-store.ts';
import { noteAgentError } from './presence.ts';

/** Puts something that happened to an agent on record, as whoever looks after it tells it. An agent tells it of itself only. */
export async function reportStatus(
  context: Context,
  officeId: string,
  nameOrId: string,
  status: { type: string; message?: string | undefined },
): Promise<void> {
  await inTransaction(context, async (tx) => {
    const agent = await loadAgent(tx, officeId, nameOrId, 'agents:read');
    const { principal } = tx;
    const isSelf = principal.kind === 'agent' && principal.agentId === agent.id;
    if (!isSelf && principal.kind === 'agent') throw errors.forbidden('agents:write');
    if (!isSelf) await loadAgent(tx, officeId, nameOrId, 'agents:write');
    // Where the operator looks for what went wrong.
    if (/^error\b/.test(status.type)) {
      const error = { code: 'reported', message: status.message ?? status.type, at: tx.house.clock.now() };
      await noteAgentError(tx, agent.id, error);
    }
    record(tx, {
      organizationId: agent.organization_id,
      officeId: agent.office_id,
      agentId: agent.id,
      type: 'agent.reported',
      subjectId: agent.id,
      data: {
        name: agent.name,
        status: status.type,
        ...(status.message === undefined ? {} : { message: status.message }),
      },
    });
  });
}
