import { type Context, inTransaction, record } from '../context/index.ts';
import { issueKey, newSigningKey, normalisePublicKey } from '../identity/index.ts';
import { loadOffice } from '../offices/index.ts';
import { loadAgent } from './agent-store.ts';
import { OVERLAP_MS, replacePublicKey, signs } from './signing-keys.ts';

export interface RotatedCredentials {
  /** Shown once. */
  key: string;
  previousValidUntil: number;
  /** The pair that it signs with from now on, as hex; shown once. Absent when it does not sign, or keeps its key to itself. */
  signingKey?: { publicKey: string; privateKey: string };
}

/**
 * Gives an agent a new key, and one that signs another one to sign with: `publicKey`, or a pair made here. What it had ends after a
 * short overlap.
 */
export async function rotateCredentials(
  context: Context,
  officeId: string,
  nameOrId: string,
  publicKeyHex?: string,
): Promise<RotatedCredentials> {
  const given = publicKeyHex === undefined ? undefined : await normalisePublicKey(publicKeyHex);
  const made = given === undefined ? await newSigningKey() : undefined;
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
    const signingKey = made !== undefined && (await signs(tx, agent.id)) ? made : undefined;
    const publicKey = given ?? signingKey?.publicKey;
    if (publicKey !== undefined) await replacePublicKey(tx, agent.id, publicKey);
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
    return { key, previousValidUntil, ...(signingKey === undefined ? {} : { signingKey }) };
  });
}
