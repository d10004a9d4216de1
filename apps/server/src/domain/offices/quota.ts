import { availableParallelism, totalmem } from 'node:os';
import { errors, type JsonObject } from '@guildhall/kernel';
import { actorOf } from '../access/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { findOffice, loadOffice } from './office-store.ts';

export interface Quota {
  /** A name of `tiers`, or a word of the operator's own. */
  tier: string;
  cpuCores: number;
  memoryGigabytes: number;
  agentsMax: number;
}

/** No row: an office uses what the machine has. */
const UNLIMITED = 'unlimited';
const AGENTS_MAX = 100_000;
/** What one run may take at most, and so what it is counted as. */
const RUN_MEMORY_GIGABYTES = 2;

/** The sizes of the plans (seed: osmoda-spawn-skill, Plans), as what an office may use. */
export const tiers: Readonly<Record<string, Omit<Quota, 'tier'>>> = {
  test: { cpuCores: 2, memoryGigabytes: 4, agentsMax: 1 },
  starter: { cpuCores: 4, memoryGigabytes: 8, agentsMax: 4 },
  developer: { cpuCores: 8, memoryGigabytes: 16, agentsMax: 10 },
  production: { cpuCores: 16, memoryGigabytes: 32, agentsMax: 20 },
};

/** What an office may use of the house. */
export async function readQuota(context: Context, officeId: string): Promise<Quota> {
  const office = await loadOffice(context, officeId, 'credits:read');
  return (await findQuota(context, office.id)) ?? machine();
}

/**
 * Sets what an office may use: a tier, with numbers of its own where they are given. Only the operator does that. It binds at
 * once: hires above it are refused, and so many runs are at work as its processors and memory hold.
 */
export async function setQuota(
  context: Context,
  officeId: string,
  asked: {
    tier: string;
    cpuCores?: number | undefined;
    memoryGigabytes?: number | undefined;
    agentsMax?: number | undefined;
  },
): Promise<Quota> {
  return inTransaction(context, async (tx) => {
    const { principal } = tx;
    const isOperator = principal.kind === 'system' || (principal.kind === 'user' && principal.isOperator);
    // The operator is a member of few offices, and sets the bounds of all.
    const office = isOperator ? await findOffice(tx, officeId) : await loadOffice(tx, officeId, 'credits:write');
    if (office === undefined) throw errors.notFound('office', officeId);
    if (!isOperator) throw errors.forbidden('the operator of this installation');
    if (tx.house.engine.kind === 'postgres')
      await tx.db.selectFrom('offices').select('id').where('id', '=', office.id).forUpdate().execute();
    const base = asked.tier === UNLIMITED ? machine() : tiers[asked.tier];
    const { cpuCores = base?.cpuCores, memoryGigabytes = base?.memoryGigabytes, agentsMax = base?.agentsMax } = asked;
    if (cpuCores === undefined || memoryGigabytes === undefined || agentsMax === undefined)
      throw errors.validationFailed(
        'tier',
        `"${asked.tier}" has no numbers of its own`,
        `Use ${[UNLIMITED, ...Object.keys(tiers)].join(', ')}, or give cpu, memory and pods.`,
      );
    const { kind, id } = actorOf(principal);
    const row = {
      tier: asked.tier,
      cpu_cores: cpuCores,
      memory_gigabytes: memoryGigabytes,
      agents_max: agentsMax,
      updated_by: `${kind}:${id}`,
      updated_at: tx.house.clock.now(),
    };
    const isFree =
      asked.tier === UNLIMITED &&
      [asked.cpuCores, asked.memoryGigabytes, asked.agentsMax].every((n) => n === undefined);
    if (isFree) await tx.db.deleteFrom('office_quotas').where('office_id', '=', office.id).execute();
    else
      await tx.db
        .insertInto('office_quotas')
        .values({ office_id: office.id, ...row })
        .onConflict((conflict) => conflict.column('office_id').doUpdateSet(row))
        .execute();
    const run_concurrency = await concurrencyOf(tx, office.id, office.settings);
    await tx.db.updateTable('offices').set({ run_concurrency }).where('id', '=', office.id).execute();
    if (tx.pending !== undefined) tx.pending.runsQueued = true;
    const quota: Quota = { tier: asked.tier, cpuCores, memoryGigabytes, agentsMax };
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      type: 'office.quota_set',
      subjectId: office.id,
      data: { tier: quota.tier, cpu: cpuCores, memory: memoryGigabytes, pods: agentsMax },
    });
    return quota;
  });
}

export async function findQuota(context: Context, officeId: string): Promise<Quota | undefined> {
  const row = await context.db
    .selectFrom('office_quotas')
    .selectAll()
    .where('office_id', '=', officeId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { tier, cpu_cores, memory_gigabytes, agents_max } = row;
  return { tier, cpuCores: cpu_cores, memoryGigabytes: memory_gigabytes, agentsMax: agents_max };
}

/** How many runs of an office may be at work at once: its own setting, and what its quota holds. Null for no bound. */
export async function concurrencyOf(
  context: Context,
  officeId: string,
  { run_concurrency }: JsonObject,
): Promise<number | null> {
  const quota = await findQuota(context, officeId);
  const held =
    quota === undefined ? [] : [quota.cpuCores, Math.max(1, Math.floor(quota.memoryGigabytes / RUN_MEMORY_GIGABYTES))];
  const bounds = [...(typeof run_concurrency === 'number' ? [run_concurrency] : []), ...held];
  return bounds.length === 0 ? null : Math.min(...bounds);
}

function machine(): Quota {
  const memoryGigabytes = Math.max(1, Math.floor(totalmem() / 1_073_741_824));
  return { tier: UNLIMITED, cpuCores: availableParallelism(), memoryGigabytes, agentsMax: AGENTS_MAX };
}
