import { errors, newId } from '@guildhall/kernel';
import type { AgentPrincipal } from '../access/index.ts';
import { type Agent, findAgentByName, hireAgent, loadAgent } from '../agents/index.ts';
import { type Context, inTransaction, systemWithin } from '../context/index.ts';
import { redeemInvite, refuseKnownName, useInvite } from '../invites/index.ts';
import { findOffice, type Office } from '../offices/index.ts';
import { type CloneTransfer, note } from './clone-transfer.ts';

export interface Cloned {
  clone: Agent;
  transfer: CloneTransfer;
}

const COPIES_MAX = 100;

/**
 * Makes an agent of the house after the one that asks, which may live elsewhere: with an invite's code in the office that
 * invites, else in its own, where it needs the right to hire. What it brings is sent afterwards. Throws `invite_…`, `forbidden`.
 */
export async function cloneAgent(
  context: Context,
  input: { code?: string | undefined; name?: string | undefined },
): Promise<Cloned> {
  const { principal } = context;
  if (principal.kind !== 'agent') throw errors.forbidden('an agent’s own credential');
  const origin = await loadAgent(context, principal.officeId, principal.agentId, 'agents:read');
  if (input.code === undefined)
    return inTransaction(context, async (tx) => make(tx, await officeOf(tx, principal), origin, input.name));
  const { code } = input;
  return redeemInvite(context, () =>
    // The code is the credential: whoever made it had the right to hire.
    inTransaction(systemWithin(context), async (tx) => {
      const { invite, office } = await useInvite(tx, code);
      if (input.name !== undefined) await refuseKnownName(tx, office.id, input.name);
      const made = await make(tx, office, origin, input.name);
      await tx.db.updateTable('invites').set({ used_by: made.clone.id }).where('id', '=', invite.id).execute();
      return made;
    }),
  );
}

async function officeOf(tx: Context, principal: AgentPrincipal): Promise<Office> {
  const office = await findOffice(tx, principal.officeId);
  if (office === undefined) throw errors.notFound('office', principal.officeId);
  return office;
}

async function make(tx: Context, office: Office, origin: Agent, name: string | undefined): Promise<Cloned> {
  const { capabilities } = origin.profile;
  const clone = await hireAgent(tx, office.id, {
    name: name ?? (await freeName(tx, office.id, origin.name)),
    role: origin.role === 'external' ? 'general' : origin.role,
    systemPrompt: origin.system_prompt,
    profile: { clonedFrom: origin.name, ...(capabilities === undefined ? {} : { capabilities }) },
  });
  const now = tx.house.clock.now();
  const transfer = await tx.db
    .insertInto('clone_transfers')
    .values({
      id: newId(),
      organization_id: office.organization_id,
      office_id: office.id,
      origin_agent_id: origin.id,
      origin_name: origin.name,
      clone_agent_id: clone.id,
      clone_name: clone.name,
      state: 'waiting',
      phase: 'awaiting_bundle',
      progress_percent: 0,
      message: 'The clone is hired; it waits for its package.',
      error: null,
      manifest: null,
      bundle_sha256: null,
      bundle_bytes: 0,
      report: null,
      fence: 0,
      lease_expires_at: null,
      started_at: null,
      created_at: now,
      updated_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  note(tx, transfer, 'clone.created', {});
  return { clone, transfer };
}

/** `jared` → `jared-clone`, `jared-clone-2`, … */
async function freeName(tx: Context, officeId: string, origin: string): Promise<string> {
  for (let copy = 1; copy <= COPIES_MAX; copy++) {
    const name = copy === 1 ? `${origin}-clone` : `${origin}-clone-${copy}`;
    if ((await findAgentByName(tx, officeId, name)) === undefined) return name;
  }
  throw errors.nameTaken('an agent', `${origin}-clone`);
}
