import { type Context, inTransaction, record } from '../context/index.ts';
import { issueKey, normalisePublicKey } from '../identity/index.ts';
import { loadOffice } from '../offices/index.ts';
import { loadAgent } from './agent-store.ts';
import { addPublicKey } from './hire.ts';

/** What was good before is good for so long after: a program that runs takes the new one in its own time. */
const OVERLAP_MS = 600_000;

export interface RotatedCredentials {
  /** Shown once. */
  key: string;
  previousValidUntil: number;
}

/** Gives an agent a new key, and with `publicKey` another one to sign with; what it had ends after a short overlap. */
export async function rotateCredentials(
  context: Context,
  officeId: string,
  nameOrId: string,
  publicKeyHex?: string,
): Promise<RotatedCredentials> {
  const publicKey = publicKeyHex === undefined ? undefined : await normalisePublicKey(publicKeyHex);
  return inTransaction(context, async (tx) => {
    // A new key speaks as the agent: who may change agents but not keys, or keys but not agents, gets none.
    await loadOffice(tx, officeId, 'agents:write');
    const agent = await loadAgent(tx, officeId, nameOrId, 'keys:write');
    const previousValidUntil = tx.house.clock.now() + OVERLAP_MS;
    await tx.db
      .updateTable('api_keys')
      .set({ expires_at: previousValidUntil })
      .where('agent_id', '=', agent.id)
      .where('revoked_at', 'is', null)
      .where(({ or, eb }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', previousValidUntil)]))
      .execute();
    if (publicKey !== undefined) {
      await tx.db
        .updateTable('agent_keys')
        .set({ retired_at: previousValidUntil })
        .where('agent_id', '=', agent.id)
        .where('retired_at', 'is', null)
        .execute();
      await addPublicKey(tx, agent.id, publicKey);
    }
    const { key } = await issueKey(tx, {
      family: 'agent',
      name: agent.name,
      organizationId: agent.organization_id,
      agentId: agent.id,
    });
    record(tx, {
      organizationId: agent.organization_id,
      officeId: agent.office_id,
      agentId: agent.id,
      type: 'agent.credentials_rotated',
      subjectId: agent.id,
      data: { name: agent.name, previous_valid_until: previousValidUntil, signing_key: publicKey !== undefined },
    });
    return { key, previousValidUntil };
  });
}
