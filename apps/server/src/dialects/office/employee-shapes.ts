import type { office } from '@guildhall/contract';
import { formatInstant, GuildhallError, type JsonObject } from '@guildhall/kernel';
import { categoryOf, summaryOf } from '../../domain/activity/index.ts';
import { type Agent, agentWork, presenceOf } from '../../domain/agents/index.ts';
import type { Context } from '../../domain/context/index.ts';
import { budgetsOf } from '../../domain/credits/index.ts';
import type { Event } from '../../domain/events/index.ts';
import { type FailureCode, failureMend } from '../../domain/runs/index.ts';

const PHASES = { active: 'running', paused: 'paused', stopped: 'stopped', archived: 'archived' } as const;

const BY_RULES: Record<string, string> = {
  reflex: 'Works by rules, without a language model.',
  auto: 'Runs as `reflex`, by rules, until the house has a credential for its model (ANTHROPIC_API_KEY, OPENAI_API_KEY, OPENROUTER_API_KEY or GUILDHALL_MODEL_BASE_URL).',
};

/** Said when an agent is not thought for as it was hired to be. */
function messageOf(wanted: string, driver: string): string | undefined {
  if (driver === 'reflex' && BY_RULES[wanted] !== undefined) return BY_RULES[wanted];
  if (wanted === 'auto' || wanted === driver) return undefined;
  return `Runs as \`${driver}\` until \`${wanted}\` is available; what is missing is told by the list of drivers.`;
}

export function presentEmployee(context: Context, agent: Agent): office.Employee {
  // Values were kept here before there was a vault.
  const { env: _env, ...profile } = agent.profile;
  const driver = context.house.driverOf(agent);
  const message = messageOf(agent.driver, driver);
  const presence = presenceOf(context, agent);
  return {
    ...profile,
    id: agent.id,
    number: agent.number,
    name: agent.name,
    role: agent.role,
    modelTier: agent.model_tier,
    modelProvider: agent.model_provider,
    driver,
    systemPrompt: agent.system_prompt,
    dailyCapCredits: agent.daily_cap_cents / 100,
    monthlyCapCredits: agent.monthly_cap_cents === null ? null : agent.monthly_cap_cents / 100,
    runMode: agent.run_mode as office.Employee['runMode'],
    spawnedBy: agent.hired_by,
    spawned_by: agent.hired_by,
    created_at: formatInstant(agent.created_at),
    status: {
      phase: PHASES[agent.state as keyof typeof PHASES],
      ready: presence.online,
      ...(presence.lastSeenAt === null ? {} : { lastSeen: formatInstant(presence.lastSeenAt) }),
      ...(message === undefined ? {} : { message }),
    },
  };
}

export async function presentDetail(context: Context, agent: Agent): Promise<office.EmployeeDetail> {
  const { run, spentTodayCents, tools } = await agentWork(context, agent);
  const failure = agent.last_error;
  const code = String(failure?.code ?? '');
  return {
    ...presentEmployee(context, agent),
    work: {
      run_id: run?.id ?? null,
      status: run === undefined ? 'idle' : (run.status as 'queued' | 'running'),
      current_step: run?.current_step ?? null,
      waiting_for: run?.waiting_reason ?? null,
      spent_today_credits: spentTodayCents / 100,
      cap_today_credits: agent.daily_cap_cents / 100,
      tools: tools ?? null,
      sandbox: context.house.sandbox,
      budgets: (await budgetsOf(context, agent)).map((budget) => ({
        scope: budget.scope,
        period: budget.period,
        cap_credits: budget.capCents / 100,
        spent_credits: budget.spentCents / 100,
        held_credits: budget.heldCents / 100,
        resets_at: formatInstant(budget.resetsAt),
      })),
      last_failure:
        failure === null
          ? null
          : {
              code,
              message: String(failure.message ?? ''),
              mend: failureMend[code as FailureCode] ?? '',
              at: formatInstant(Number(failure.at ?? agent.updated_at)),
            },
    },
  };
}

/** The configuration that the core keeps as it is sent. */
export function profileOf(body: office.UpdateEmployeeRequest & Partial<office.HireRequest>): JsonObject {
  const {
    name: _name,
    role: _role,
    modelTier: _tier,
    modelProvider: _provider,
    systemPrompt: _prompt,
    publicKey: _key,
    runMode: _mode,
    driver: _driver,
    dailyCapCredits: _cap,
    monthlyCapCredits: _monthlyCap,
    env: _env,
    provider: _ofModel,
    model_tier: _otherTier,
    system_prompt: _otherPrompt,
    integrations: _integrations,
    envSecrets: _envSecrets,
    ...profile
  } = body;
  for (const field of ['bedrockCredentials', 'restoreFromBackup'] as const) {
    if (profile[field] !== undefined)
      throw new GuildhallError('not_available_yet', {
        message: `${field} is not available yet: nothing here could keep it safely.`,
        detail: { field },
      });
  }
  return profile as JsonObject;
}

/** One spelling of what the families of clients write in two. */
export function modelOf(body: office.UpdateEmployeeRequest) {
  return {
    modelTier: body.modelTier ?? body.model_tier,
    modelProvider: body.modelProvider ?? body.provider,
    systemPrompt: body.systemPrompt ?? body.system_prompt,
  };
}

export function centsOf(credits: number | undefined): number | undefined {
  return credits === undefined ? undefined : Math.round(credits * 100);
}

export function presentActivity(event: Event): office.ActivityEvent {
  return {
    id: String(event.seq),
    category: categoryOf(event.type),
    type: event.type,
    summary: summaryOf(event),
    timestamp: formatInstant(event.at),
    metadata: event.data,
  };
}
