import { errors, GuildhallError, type JsonObject, newId } from '@guildhall/kernel';
import { type Context, inTransaction, record } from '../context/index.ts';
import { wakeRunsWithoutMoney } from '../credits/index.ts';
import { normalisePublicKey } from '../identity/index.ts';
import { findQuota, loadOffice, type Office } from '../offices/index.ts';
import { cancelRunsOfAgent } from '../runs/index.ts';
import { agentName, type DriverChoice, type RunMode } from './agent.ts';
import { type Agent, findAgentByName, loadAgent } from './agent-store.ts';
import { refuseOtherDelegates } from './delegated-change.ts';
import { joinOfficeGroup, leaveOfficeGroup } from './office-group.ts';
import { officeProvidersOf } from './office-providers.ts';
import { checkResources } from './resources.ts';
import { addPublicKey, replacePublicKey } from './signing-keys.ts';

export interface HireInput {
  name: string;
  role?: string | undefined;
  modelTier?: string | undefined;
  modelProvider?: string | undefined;
  systemPrompt?: string | undefined;
  /** What the caller configured beyond that, kept and given back as sent. */
  profile?: JsonObject | undefined;
  /** Lets the agent sign requests. */
  publicKey?: string | undefined;
  dailyCapCents?: number | undefined;
  /** Null takes it away. */
  monthlyCapCents?: number | null | undefined;
  runMode?: RunMode | undefined;
  /** What thinks for it; when left out, a model as soon as a credential fits it, and rules until then. */
  driver?: DriverChoice | undefined;
}

/** Hires an agent. Throws `name_taken`, and `hire_limited` past the office's limit of hires in a window. */
export async function hireAgent(context: Context, officeId: string, asked: HireInput): Promise<Agent> {
  const name = agentName(asked.name);
  checkResources(asked.profile);
  const publicKey = asked.publicKey === undefined ? undefined : await normalisePublicKey(asked.publicKey);
  return inTransaction(context, async (tx) => {
    let input = asked;
    const office = await loadOffice(tx, officeId, 'agents:hire');
    await lockOffice(tx, office.id);
    if ((await findAgentByName(tx, office.id, name)) !== undefined) throw errors.nameTaken('an agent', name);
    if (tx.principal.kind === 'agent') input = await boundedByHirer(tx, tx.principal.agentId, input);
    await refuseAboveHireLimit(tx, office);
    await refuseAboveOfficeSize(tx, office);
    const now = tx.house.clock.now();
    const agent = await tx.db
      .insertInto('agents')
      .values({
        id: newId(),
        organization_id: office.organization_id,
        office_id: office.id,
        name,
        role: input.role ?? 'general',
        // A model when a credential fits it, rules until then; `none` asks for rules.
        driver: input.driver ?? (input.modelTier === 'none' ? 'reflex' : 'auto'),
        model_tier: input.modelTier ?? wordIn(office.settings.default_model_tier),
        model_provider: input.modelProvider ?? wordIn(office.settings.default_model_provider),
        office_providers: await officeProvidersOf(tx, office.id),
        system_prompt: input.systemPrompt ?? '',
        profile: input.profile ?? {},
        state: 'active',
        daily_cap_cents: input.dailyCapCents ?? tx.house.limits.agentDailyCapCents,
        monthly_cap_cents: input.monthlyCapCents ?? null,
        run_mode: input.runMode ?? 'both',
        hired_by: tx.principal.kind === 'agent' ? tx.principal.name : 'user',
        last_seen_at: null,
        last_error: null,
        created_at: now,
        updated_at: now,
        deleted_at: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    if (publicKey !== undefined) await addPublicKey(tx, agent.id, publicKey);
    // Conversations know participants by name: who takes the name of one that left takes its place.
    await tx.db
      .updateTable('conversation_members')
      .set({ agent_id: agent.id })
      .where('participant', '=', name)
      // A person's alias stays the person's.
      .where('agent_id', 'is not', null)
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('conversations')
            .select('conversations.id')
            .whereRef('conversations.id', '=', 'conversation_members.conversation_id')
            .where('conversations.office_id', '=', office.id),
        ),
      )
      .execute();
    await joinOfficeGroup(tx, office, agent);
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      agentId: agent.id,
      type: 'agent.hired',
      subjectId: agent.id,
      data: { name, role: agent.role, driver: tx.house.driverOf(agent) },
    });
    return agent;
  });
}

/** A setting of the office for who is hired without a word on it. */
function wordIn(setting: JsonObject[string] | undefined): string {
  return typeof setting === 'string' ? setting : 'none';
}

export interface UpdateAgentInput {
  role?: string | undefined;
  modelTier?: string | undefined;
  modelProvider?: string | undefined;
  systemPrompt?: string | undefined;
  /** Merged into what is there; a null removes a key. */
  profile?: JsonObject | undefined;
  publicKey?: string | undefined;
  dailyCapCents?: number | undefined;
  /** Null takes it away. */
  monthlyCapCents?: number | null | undefined;
  runMode?: RunMode | undefined;
  /** What thinks for it; when left out, a model as soon as a credential fits it, and rules until then. */
  driver?: DriverChoice | undefined;
}

/** Changes an agent's configuration. Only who may hire may do it, so no agent raises its own cap. */
export async function updateAgent(
  context: Context,
  officeId: string,
  nameOrId: string,
  input: UpdateAgentInput,
): Promise<Agent> {
  checkResources(input.profile);
  const publicKey = input.publicKey === undefined ? undefined : await normalisePublicKey(input.publicKey);
  return inTransaction(context, async (tx) => {
    const seen = await loadAgent(tx, officeId, nameOrId, 'agents:write');
    if (tx.principal.kind === 'agent') await refuseByDelegate(tx, tx.principal.agentId, seen, input);
    // Two changes at once must not write each other's fields back.
    const locked = tx.db.selectFrom('agents').selectAll().where('id', '=', seen.id);
    const agent = await (tx.house.engine.kind === 'postgres' ? locked.forUpdate() : locked).executeTakeFirstOrThrow();
    const profile = Object.fromEntries(
      Object.entries({ ...agent.profile, ...input.profile }).filter(
        ([, value]) => value !== null && value !== undefined,
      ),
    );
    const updated = await tx.db
      .updateTable('agents')
      .set({
        role: input.role ?? agent.role,
        model_tier: input.modelTier ?? agent.model_tier,
        driver: driverAfter(agent, input),
        model_provider: input.modelProvider ?? agent.model_provider,
        system_prompt: input.systemPrompt ?? agent.system_prompt,
        daily_cap_cents: input.dailyCapCents ?? agent.daily_cap_cents,
        monthly_cap_cents: input.monthlyCapCents === undefined ? agent.monthly_cap_cents : input.monthlyCapCents,
        run_mode: input.runMode ?? agent.run_mode,
        profile: profile as JsonObject,
        updated_at: tx.house.clock.now(),
      })
      .where('id', '=', agent.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    if (publicKey !== undefined) await replacePublicKey(tx, agent.id, publicKey);
    if (input.dailyCapCents !== undefined || input.monthlyCapCents !== undefined)
      await wakeRunsWithoutMoney(tx, 'agent_id', agent.id);
    // Tasks that waited for another mode may start now.
    if (input.runMode !== undefined && tx.pending !== undefined) tx.pending.runsQueued = true;
    const changed = Object.entries(input).filter(([, value]) => value !== undefined);
    record(tx, {
      organizationId: agent.organization_id,
      officeId,
      agentId: agent.id,
      type: 'agent.updated',
      subjectId: agent.id,
      data: { name: agent.name, fields: changed.map(([key]) => key), changes: changesOf(agent, updated) },
    });
    return updated;
  });
}

const TOLD = [
  'role',
  'model_tier',
  'model_provider',
  'driver',
  'run_mode',
  'daily_cap_cents',
  'monthly_cap_cents',
] as const satisfies (keyof Agent)[];

/** What was before and what is now, of what rights, money and thinking depend on: the record is to say who raised a cap, and from what. */
function changesOf(before: Agent, after: Agent): JsonObject {
  return Object.fromEntries(
    TOLD.filter((field) => before[field] !== after[field]).map((field) => [
      field,
      { from: before[field], to: after[field] },
    ]),
  );
}

/** What a delegate changes in nobody: money, what thinks for it, what it may do without asking, what of the machine it gets. */
const OF_PEOPLE = ['publicKey', 'dailyCapCents', 'monthlyCapCents', 'driver', 'modelTier', 'modelProvider'] as const;
const OF_PEOPLE_IN_PROFILE = ['customConfig', 'resources'] as const;

async function refuseByDelegate(tx: Context, agentId: string, agent: Agent, input: UpdateAgentInput): Promise<void> {
  await refuseOtherDelegates(tx, agentId, agent);
  const refused =
    OF_PEOPLE.find((field) => input[field] !== undefined) ??
    OF_PEOPLE_IN_PROFILE.find((field) => input.profile?.[field] !== undefined);
  if (refused !== undefined) throw errors.forbidden(`agents:write on ${refused}, which is for people`);
}

/**
 * An agent gives nobody more than it has: no larger cap, no more of the machine, no looser word on tools, no program to think for it that it has not
 * itself, and no key with which it could act as the one that it hired.
 */
async function boundedByHirer(tx: Context, hirerId: string, input: HireInput): Promise<HireInput> {
  if (input.publicKey !== undefined) throw errors.forbidden('keys:write');
  const hirer = await tx.db.selectFrom('agents').selectAll().where('id', '=', hirerId).executeTakeFirstOrThrow();
  const isElsewhere = hirer.driver === 'external';
  const { customConfig: own, resources } = hirer.profile;
  const { tools } = (typeof own === 'object' && own !== null && !Array.isArray(own) ? own : {}) as JsonObject;
  const { customConfig: _asked, ...profile } = input.profile ?? {};
  return {
    ...input,
    driver: isElsewhere ? undefined : (hirer.driver as DriverChoice),
    dailyCapCents: Math.min(input.dailyCapCents ?? hirer.daily_cap_cents, hirer.daily_cap_cents),
    monthlyCapCents: hirer.monthly_cap_cents,
    // As it is thought for itself, or by rules; of one that lives elsewhere the house knows no model.
    modelTier: input.modelTier === 'none' ? 'none' : isElsewhere ? undefined : hirer.model_tier,
    modelProvider: isElsewhere ? undefined : hirer.model_provider,
    profile: {
      ...profile,
      ...(resources === undefined ? {} : { resources }),
      ...(tools === undefined ? {} : { customConfig: { tools } }),
    },
  };
}

/** What is asked for by name, else what a change of the model means: rules for `none`, a program stays what it is. */
function driverAfter(agent: Agent, { driver, modelTier }: UpdateAgentInput): string {
  if (driver !== undefined) return driver;
  if (modelTier === undefined || !['auto', 'reflex'].includes(agent.driver)) return agent.driver;
  return modelTier === 'none' ? 'reflex' : 'auto';
}

/** Fires an agent: it leaves every list, its waiting runs are cancelled, its keys stop working, its records stay. */
export async function fireAgent(context: Context, officeId: string, nameOrId: string): Promise<Agent> {
  return inTransaction(context, async (tx) => {
    const agent = await loadForFiring(tx, officeId, nameOrId);
    const now = tx.house.clock.now();
    await tx.db
      .updateTable('agents')
      .set({ deleted_at: now, state: 'archived', updated_at: now })
      .where('id', '=', agent.id)
      .execute();
    await tx.db.updateTable('agent_keys').set({ retired_at: now }).where('agent_id', '=', agent.id).execute();
    await tx.db
      .updateTable('api_keys')
      .set({ revoked_at: now })
      .where('agent_id', '=', agent.id)
      .where('revoked_at', 'is', null)
      .execute();
    // Its open tasks go back to the pool: nobody waits for one who left.
    await tx.db
      .updateTable('tasks')
      .set({ assignee_id: null, updated_at: now })
      .where('assignee_id', '=', agent.id)
      .where('state', 'in', ['queued', 'blocked'])
      .execute();
    await cancelRunsOfAgent(tx, agent.id);
    await leaveOfficeGroup(tx, agent);
    record(tx, {
      organizationId: agent.organization_id,
      officeId,
      agentId: agent.id,
      type: 'agent.fired',
      subjectId: agent.id,
      data: { name: agent.name },
    });
    return agent;
  });
}

/** An agent that may hire fires whom it hired itself, and nobody else. */
async function loadForFiring(tx: Context, officeId: string, nameOrId: string): Promise<Agent> {
  const { principal } = tx;
  if (principal.kind !== 'agent') return loadAgent(tx, officeId, nameOrId, 'agents:write');
  const agent = await loadAgent(tx, officeId, nameOrId, 'agents:hire');
  if (agent.hired_by !== principal.name || agent.id === principal.agentId) throw errors.forbidden('agents:write');
  return agent;
}

/** Two hires at once must see each other: the office's row is the lock. */
async function lockOffice(tx: Context, officeId: string): Promise<void> {
  if (tx.house.engine.kind === 'sqlite') return;
  await tx.db.selectFrom('offices').select('id').where('id', '=', officeId).forUpdate().execute();
}

/** `max_employees` of the office's settings, and what its quota holds. */
async function refuseAboveOfficeSize(tx: Context, office: Office): Promise<void> {
  const own = office.settings.max_employees;
  const quota = await findQuota(tx, office.id);
  const max = Math.min(typeof own === 'number' ? own : Infinity, quota?.agentsMax ?? Infinity);
  if (max === Infinity) return;
  const { count } = await tx.db
    .selectFrom('agents')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('office_id', '=', office.id)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow();
  if (Number(count) < max) return;
  const isQuota = quota !== undefined && max === quota.agentsMax;
  throw errors.conflict(
    isQuota
      ? `The quota of this office holds ${max} agents: fire one, or ask the operator for more.`
      : `This office may have at most ${max} agents: its setting max_employees says so.`,
    isQuota ? { pods: max, tier: quota.tier } : { max_employees: max },
  );
}

/** 3 hires in 10 minutes and office by default (seed: mitosis-sdk-reference 13); the fired count too, or it would not bind. */
async function refuseAboveHireLimit(tx: Context, office: Office): Promise<void> {
  const { hiresPerWindow, hireWindowMs } = tx.house.limits;
  const now = tx.house.clock.now();
  const recent = await tx.db
    .selectFrom('agents')
    .select('created_at')
    .where('office_id', '=', office.id)
    .where('created_at', '>', now - hireWindowMs)
    // Who lives elsewhere came by an invite of somebody, and costs the house nothing.
    .where('driver', '<>', 'external')
    .orderBy('created_at', 'desc')
    .limit(hiresPerWindow)
    .execute();
  const oldest = recent.at(-1);
  if (recent.length < hiresPerWindow || oldest === undefined) return;
  const retryAfterSeconds = Math.max(1, Math.ceil((oldest.created_at + hireWindowMs - now) / 1000));
  throw new GuildhallError('hire_limited', {
    message: `This office has hired ${hiresPerWindow} agents in the last ${Math.round(hireWindowMs / 60_000)} minutes.`,
    detail: { limit: hiresPerWindow, window_seconds: hireWindowMs / 1000 },
    retryAfterSeconds,
  });
}
