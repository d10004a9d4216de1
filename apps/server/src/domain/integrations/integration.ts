import { errors, GuildhallError, sha256Hex } from '@guildhall/kernel';
import { actorOf } from '../access/index.ts';
import { type Agent, loadAgent, noteOfficeProviders } from '../agents/index.ts';
import { assertChannelConfigured, channelNames } from '../channels/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { loadOffice, type Office } from '../offices/index.ts';
import { wakeRunsAwaitingModel } from '../runs/index.ts';
import { type Integration, knownIntegration, registry } from './registry.ts';
import { sealedPlaceOf } from './sealed-place.ts';

const KEY_CHARS_MAX = 32_000;

export interface OfficeIntegration extends Integration {
  hasKey: boolean;
  /** Whether it can be switched on. */
  isReady: boolean;
  updatedAt: number | null;
  /** The agents that it is switched on for, by name. */
  agentNames: string[];
}

/** Every integration that there is, with what the office has of it. */
export async function listIntegrations(context: Context, officeId: string): Promise<OfficeIntegration[]> {
  const office = await loadOffice(context, officeId, 'offices:read');
  const keys = await context.db
    .selectFrom('office_integrations')
    .select(['integration_id', 'updated_at'])
    .where('office_id', '=', office.id)
    .execute();
  const switched = await context.db
    .selectFrom('agent_integrations')
    .innerJoin('agents', 'agents.id', 'agent_integrations.agent_id')
    .select(['integration_id', 'agents.name'])
    .where('agent_integrations.office_id', '=', office.id)
    .where('is_enabled', '=', true)
    .where('agents.deleted_at', 'is', null)
    .orderBy('agents.name')
    .execute();
  return registry.map((integration) => {
    const key = keys.find(({ integration_id }) => integration_id === integration.id);
    return {
      ...integration,
      isReady: key !== undefined || isReadyByItself(context, integration),
      hasKey: key !== undefined,
      updatedAt: key?.updated_at ?? null,
      agentNames: switched.filter(({ integration_id }) => integration_id === integration.id).map(({ name }) => name),
    };
  });
}

/** Keeps the office's credential of a service, sealed; in the place of the one before. It is never shown. */
export async function setIntegrationSecret(
  context: Context,
  officeId: string,
  integrationId: string,
  key: string,
): Promise<void> {
  if (key.trim() === '' || key.length > KEY_CHARS_MAX)
    throw errors.validationFailed('key', `is empty or longer than ${KEY_CHARS_MAX} characters`);
  await inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'secrets:write');
    const { id, credential, name } = known(integrationId);
    if (credential === undefined)
      throw errors.conflict(
        `${name} has no credential of the office: agents get keys of their own when it is switched on.`,
      );
    const actor = actorOf(tx.principal);
    const row = {
      sealed: tx.house.vault.seal(key.trim(), sealedPlaceOf(office.id, id)),
      updated_by: `${actor.kind}:${actor.id}`,
      updated_at: tx.house.clock.now(),
    };
    await tx.db
      .insertInto('office_integrations')
      .values({ office_id: office.id, integration_id: id, ...row })
      .onConflict((conflict) => conflict.columns(['office_id', 'integration_id']).doUpdateSet(row))
      .execute();
    await noteOfficeProviders(tx, office.id);
    await wakeRunsAwaitingModel(tx, office.id);
    note(tx, office, 'integration.key_set', id, {});
  });
}

/** Throws `not_found` when there is none. */
export async function deleteIntegrationSecret(
  context: Context,
  officeId: string,
  integrationId: string,
): Promise<void> {
  await inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'secrets:write');
    const { id } = known(integrationId);
    const gone = await tx.db
      .deleteFrom('office_integrations')
      .where('office_id', '=', office.id)
      .where('integration_id', '=', id)
      .returning('integration_id')
      .executeTakeFirst();
    if (gone === undefined) throw errors.notFound('key of the integration', id);
    await noteOfficeProviders(tx, office.id);
    note(tx, office, 'integration.key_deleted', id, {});
  });
}

/** Switches an integration on or off for one agent: from its next command on, the credential is in its environment or not. */
export async function switchIntegration(
  context: Context,
  officeId: string,
  integrationId: string,
  nameOrId: string,
  isEnabled: boolean,
): Promise<void> {
  await inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'secrets:write');
    const integration = known(integrationId);
    const { id } = integration;
    const agent = await loadAgent(tx, officeId, nameOrId, 'agents:write');
    if (isEnabled) await refuseWithoutKey(tx, office, integration);
    const row = {
      is_enabled: isEnabled,
      status: isEnabled ? 'pending' : 'offline',
      error: null,
      toggled_at: tx.house.clock.now(),
    };
    await tx.db
      .insertInto('agent_integrations')
      .values({ agent_id: agent.id, integration_id: id, office_id: office.id, reported_at: null, ...row })
      .onConflict((conflict) => conflict.columns(['agent_id', 'integration_id']).doUpdateSet(row))
      .execute();
    note(tx, office, isEnabled ? 'integration.enabled' : 'integration.disabled', id, { agent: agent.name });
  });
}

/** What needs no credential is ready when the operator has set it up. */
function isReadyByItself({ house }: Context, { id, credential }: Integration): boolean {
  return credential === undefined && house.channels.includes(id);
}

async function refuseWithoutKey(tx: Context, office: Office, { id, credential }: Integration): Promise<void> {
  const channel = channelNames.find((name) => name === id);
  if (credential === undefined && channel !== undefined) return assertChannelConfigured(tx, channel);
  if (await hasCredential(tx, office.id, id)) return;
  throw errors.conflict(
    `The office has no credential of ${id} that could be switched on. Set it first: POST …/integrations/${id}/secret.`,
    { integration: id },
  );
}

/** Whether an office has a credential of a service. */
export async function hasCredential(context: Context, officeId: string, integrationId: string): Promise<boolean> {
  const key = await context.db
    .selectFrom('office_integrations')
    .select('integration_id')
    .where('office_id', '=', officeId)
    .where('integration_id', '=', integrationId)
    .executeTakeFirst();
  return key !== undefined;
}

/** The office's credential of Anthropic becomes that of Claude Code too. */
export async function syncClaudeCodeKey(context: Context, officeId: string): Promise<void> {
  const office = await loadOffice(context, officeId, 'secrets:write');
  const row = await context.db
    .selectFrom('office_integrations')
    .select('sealed')
    .where('office_id', '=', office.id)
    .where('integration_id', '=', 'anthropic')
    .executeTakeFirst();
  if (row === undefined)
    throw new GuildhallError('not_configured', {
      message: 'The office has no credential of Anthropic.',
      mend: 'Set it first: POST …/integrations/anthropic/secret.',
    });
  const key = context.house.vault.open(row.sealed, sealedPlaceOf(office.id, 'anthropic'));
  await setIntegrationSecret(context, officeId, 'claude-code', key);
}

export const integrationStatuses = ['pending', 'loading', 'active', 'error', 'offline'] as const;
export type IntegrationStatus = (typeof integrationStatuses)[number];

export interface AgentIntegration extends Integration {
  isEnabled: boolean;
  /** Whether the office has a credential of it. */
  hasKey: boolean;
  /** Where the agent is reached on a network outside of the house; null elsewhere, and before it was there. */
  address: string | null;
  status: IntegrationStatus;
  error: string | null;
  toggledAt: number;
}

/** What is switched on and off for an agent; `revision` changes with it, and with the office's credentials. */
export async function agentIntegrations(
  context: Context,
  officeId: string,
  nameOrId: string,
): Promise<{ integrations: AgentIntegration[]; revision: string }> {
  const agent = await loadAgent(context, officeId, nameOrId, 'agents:read');
  const rows = await context.db
    .selectFrom('agent_integrations')
    .leftJoin('office_integrations', (join) =>
      join
        .onRef('office_integrations.office_id', '=', 'agent_integrations.office_id')
        .onRef('office_integrations.integration_id', '=', 'agent_integrations.integration_id'),
    )
    .leftJoin('channel_accounts', (join) =>
      join
        .onRef('channel_accounts.agent_id', '=', 'agent_integrations.agent_id')
        .onRef('channel_accounts.channel', '=', 'agent_integrations.integration_id'),
    )
    .selectAll('agent_integrations')
    .select(['office_integrations.updated_at', 'channel_accounts.address'])
    .where('agent_integrations.agent_id', '=', agent.id)
    .orderBy('agent_integrations.integration_id')
    .execute();
  const revision = sha256Hex(
    JSON.stringify(
      rows.map(({ integration_id, is_enabled, updated_at, address }) => [
        integration_id,
        is_enabled,
        updated_at,
        ...(address === null ? [] : [address]),
      ]),
    ),
  ).slice(0, 16);
  const integrations = rows.flatMap((row): AgentIntegration[] => {
    const integration = registry.find(({ id }) => id === row.integration_id);
    if (integration === undefined) return [];
    return [
      {
        ...integration,
        isEnabled: row.is_enabled,
        hasKey: row.updated_at !== null,
        address: row.address,
        status: row.status as IntegrationStatus,
        error: row.error,
        toggledAt: row.toggled_at,
      },
    ];
  });
  return { integrations, revision };
}

/** What an agent tells of an integration that it has. It tells it of itself; people who manage it may too. */
export async function reportIntegration(
  context: Context,
  officeId: string,
  nameOrId: string,
  integrationId: string,
  report: { status: IntegrationStatus; error?: string | undefined },
): Promise<void> {
  await inTransaction(context, async (tx) => {
    const agent = await loadReporter(tx, officeId, nameOrId);
    const { id } = known(integrationId);
    const row = tx.db
      .selectFrom('agent_integrations')
      .select(['status', 'error'])
      .where('agent_id', '=', agent.id)
      .where('integration_id', '=', id);
    const before = await (tx.house.engine.kind === 'postgres' ? row.forUpdate() : row).executeTakeFirst();
    if (before === undefined) throw errors.notFound('integration of the agent', id);
    const error = report.error ?? null;
    await tx.db
      .updateTable('agent_integrations')
      .set({ status: report.status, error, reported_at: tx.house.clock.now() })
      .where('agent_id', '=', agent.id)
      .where('integration_id', '=', id)
      .execute();
    // Told again and again, it is one change.
    if (before.status === report.status && before.error === error) return;
    record(tx, {
      organizationId: agent.organization_id,
      officeId: agent.office_id,
      agentId: agent.id,
      type: 'integration.reported',
      subjectId: agent.id,
      data: { integration: id, status: report.status, ...(report.error === undefined ? {} : { error: report.error }) },
    });
  });
}

async function loadReporter(tx: Context, officeId: string, nameOrId: string): Promise<Agent> {
  const agent = await loadAgent(tx, officeId, nameOrId, 'agents:read');
  const { principal } = tx;
  if (principal.kind === 'agent' && principal.agentId === agent.id) return agent;
  return loadAgent(tx, officeId, nameOrId, 'agents:write');
}

/** The credentials that are switched on for an agent, by the variables that its commands find them in. For the house itself. */
export async function enabledCredentials(
  context: Context,
  run: { office_id: string; agent_id: string },
): Promise<Record<string, string>> {
  const rows = await context.db
    .selectFrom('agent_integrations')
    .innerJoin('office_integrations', (join) =>
      join
        .onRef('office_integrations.office_id', '=', 'agent_integrations.office_id')
        .onRef('office_integrations.integration_id', '=', 'agent_integrations.integration_id'),
    )
    .select(['office_integrations.integration_id', 'sealed'])
    .where('agent_id', '=', run.agent_id)
    .where('is_enabled', '=', true)
    .execute();
  const credentials: Record<string, string> = {};
  for (const { integration_id, sealed } of rows) {
    const integration = knownIntegration(integration_id);
    if (integration?.credential !== undefined)
      credentials[integration.credential.variable] = context.house.vault.open(
        sealed,
        sealedPlaceOf(run.office_id, integration_id),
      );
  }
  return credentials;
}

function known(integrationId: string): Integration {
  const integration = knownIntegration(integrationId);
  if (integration === undefined) throw errors.notFound('integration', integrationId);
  return integration;
}

function note(tx: Context, office: Office, type: string, integration: string, data: { agent?: string }): void {
  record(tx, {
    organizationId: office.organization_id,
    officeId: office.id,
    type,
    subjectId: office.id,
    data: { integration, ...data },
  });
}
