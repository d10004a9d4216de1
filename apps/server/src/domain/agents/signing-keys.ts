import type { Context } from '../context/index.ts';

/** What was good before is good for so long after: a program that runs takes the new one in its own time. */
export const OVERLAP_MS = 600_000;

/** Lets an agent sign with this key too. */
export async function addPublicKey(tx: Context, agentId: string, publicKey: string): Promise<void> {
  await tx.db
    .insertInto('agent_keys')
    .values({ agent_id: agentId, public_key: publicKey, created_at: tx.house.clock.now(), retired_at: null })
    .onConflict((conflict) => conflict.columns(['agent_id', 'public_key']).doUpdateSet({ retired_at: null }))
    .execute();
}

/** Lets an agent sign with this key; what it signed with before ends after a short overlap. */
export async function replacePublicKey(tx: Context, agentId: string, publicKey: string): Promise<void> {
  await tx.db
    .updateTable('agent_keys')
    .set({ retired_at: tx.house.clock.now() + OVERLAP_MS })
    .where('agent_id', '=', agentId)
    .where('public_key', '<>', publicKey)
    .where('retired_at', 'is', null)
    .execute();
  await addPublicKey(tx, agentId, publicKey);
}

/** Whether an agent has a key that it signs with. */
export async function signs(context: Context, agentId: string): Promise<boolean> {
  const some = await context.db
    .selectFrom('agent_keys')
    .select('public_key')
    .where('agent_id', '=', agentId)
    .where('retired_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return some !== undefined;
}
