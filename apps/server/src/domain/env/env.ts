import { decodeCursor, errors, type JsonObject, type Page, type PageRequest, pageOf } from '@guildhall/kernel';
import { actorOf } from '../access/index.ts';
import { type Agent, loadAgent } from '../agents/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { enabledCredentials } from '../integrations/index.ts';
import { loadOffice, type Office } from '../offices/index.ts';
import { readOfficeSecret } from './office-secret.ts';

export const ENV_KEY = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const VALUE_CHARS_MAX = 32_000;
const KEYS_MAX = 200;
/** All of an office's, or of an agent's, together: a command is given no more than a program can be started with. */
const VALUES_CHARS_MAX = 50_000;
/** What the house itself sets for every command. */
export const OWN = new Set([
  'PATH',
  'HOME',
  'LANG',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
]);

export interface EnvVar {
  key: string;
  source: 'office' | 'agent';
  agentName?: string;
  updatedAt: number;
}

/** The names of what all agents of an office have in their environment, then of what each has of its own. Values are for who may read secrets. */
export async function listEnv(context: Context, officeId: string, page: PageRequest): Promise<Page<EnvVar>> {
  const office = await loadOffice(context, officeId, 'offices:read');
  let query = context.db
    .selectFrom('env_vars')
    .leftJoin('agents', 'agents.id', 'env_vars.agent_id')
    .select(['env_vars.key', 'env_vars.agent_id', 'env_vars.updated_at', 'agents.name'])
    .where('env_vars.office_id', '=', office.id)
    // Those of agents that were fired are nobody's to see.
    .where(({ or, and, eb }) =>
      or([
        eb('env_vars.agent_id', '=', ''),
        and([eb('agents.name', 'is not', null), eb('agents.deleted_at', 'is', null)]),
      ]),
    )
    .orderBy('env_vars.agent_id')
    .orderBy('env_vars.key')
    .limit(page.limit + 1);
  if (page.cursor !== undefined) {
    const [agentId, key] = decodeCursor(page.cursor, 'string', 'string');
    query = query.where(({ eb, or, and }) =>
      or([
        eb('env_vars.agent_id', '>', agentId),
        and([eb('env_vars.agent_id', '=', agentId), eb('env_vars.key', '>', key)]),
      ]),
    );
  }
  const { items, ...next } = pageOf(await query.execute(), page.limit, ({ agent_id, key }) => [agent_id, key]);
  const presented = items.map(
    ({ key, name, updated_at: updatedAt }): EnvVar =>
      name === null ? { key, source: 'office', updatedAt } : { key, source: 'agent', agentName: name, updatedAt },
  );
  return { items: presented, ...next };
}

/** The environment of an office with its values. */
export async function envValues(context: Context, officeId: string): Promise<Record<string, string>> {
  const office = await loadOffice(context, officeId, 'secrets:read');
  return opened(context, office.id, '');
}

/** Sets variables for all agents of an office; others stay as they are. */
export async function setEnv(context: Context, officeId: string, variables: Record<string, string>): Promise<void> {
  await inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'secrets:write');
    await writeEnv(tx, office, undefined, variables);
  });
}

/** Of the office, or of an agent's own. Throws `not_found` when there is no such variable. */
export async function deleteEnv(context: Context, officeId: string, key: string, nameOrId?: string): Promise<void> {
  await inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'secrets:write');
    const agent = nameOrId === undefined ? undefined : await loadAgent(tx, officeId, nameOrId, 'agents:read');
    const gone = await tx.db
      .deleteFrom('env_vars')
      .where('office_id', '=', office.id)
      .where('agent_id', '=', agent?.id ?? '')
      .where('key', '=', key)
      .returning('key')
      .executeTakeFirst();
    if (gone === undefined) throw errors.notFound('variable', key);
    note(tx, office, agent, 'env.deleted', [key]);
  });
}

/** What an agent finds in its environment: the office's, and its own before that. The agent itself may read it. */
export async function agentEnv(context: Context, officeId: string, nameOrId: string): Promise<Record<string, string>> {
  const agent = await loadAgent(context, officeId, nameOrId, 'agents:read');
  const { principal } = context;
  if (principal.kind !== 'agent' || principal.agentId !== agent.id) await loadOffice(context, officeId, 'secrets:read');
  return envOfRun(context, { office_id: agent.office_id, agent_id: agent.id });
}

export async function setAgentEnv(
  context: Context,
  officeId: string,
  nameOrId: string,
  key: string,
  value: string,
): Promise<void> {
  await inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'secrets:write');
    await writeEnv(tx, office, await loadAgent(tx, officeId, nameOrId, 'agents:read'), { [key]: value });
  });
}

/**
 * The environment of the commands of a run: integrations that are switched on, the office's, the secrets that the agent was given by name, its own. Asks nobody
 * for leave: the house does, for an agent at work.
 */
export async function envOfRun(
  context: Context,
  run: { office_id: string; agent_id: string },
): Promise<Record<string, string>> {
  const variables = { ...(await enabledCredentials(context, run)), ...(await opened(context, run.office_id, '')) };
  const agent = await context.db
    .selectFrom('agents')
    .select('profile')
    .where('id', '=', run.agent_id)
    .executeTakeFirst();
  for (const [key, name] of secretNamesIn(agent?.profile ?? {})) {
    const secret = await readOfficeSecret(context, run.office_id, name);
    if (secret !== undefined) variables[key] = secret;
  }
  return { ...variables, ...(await opened(context, run.office_id, run.agent_id)) };
}

/** `envSecrets` of a profile: names of secrets, or variable → name of a secret. */
export function secretNamesIn({ envSecrets }: JsonObject): [string, string][] {
  if (Array.isArray(envSecrets)) return envSecrets.map((name) => [String(name), String(name)]);
  if (typeof envSecrets !== 'object' || envSecrets === null) return [];
  return Object.entries(envSecrets).map(([key, name]) => [key, String(name)]);
}

function rowsOf(context: Context, officeId: string, agentId: string) {
  return context.db
    .selectFrom('env_vars')
    .selectAll()
    .where('office_id', '=', officeId)
    .where('agent_id', '=', agentId)
    .orderBy('key')
    .execute();
}

async function opened(context: Context, officeId: string, agentId: string): Promise<Record<string, string>> {
  const rows = await rowsOf(context, officeId, agentId);
  const { vault } = context.house;
  return Object.fromEntries(rows.map(({ key, sealed }) => [key, vault.open(sealed, placeOf(officeId, agentId, key))]));
}

function placeOf(officeId: string, agentId: string, key: string): string {
  return `env:${officeId}:${agentId}:${key}`;
}

/** Sets variables of an agent, or of the whole office. Who may is the caller's question. */
export async function writeEnv(
  tx: Context,
  office: Office,
  agent: Agent | undefined,
  variables: Record<string, string>,
): Promise<void> {
  const keys = Object.keys(variables);
  if (keys.length === 0) throw errors.validationFailed('variables', 'is empty', 'Send {"NAME": "value"}.');
  for (const key of keys) {
    if (!ENV_KEY.test(key))
      throw errors.validationFailed(
        key,
        'is no name of a variable',
        'Letters, digits and _, not beginning with a digit.',
      );
    if (OWN.has(key)) throw errors.validationFailed(key, 'is set by the house itself');
    const value = variables[key] ?? '';
    if (value.length > VALUE_CHARS_MAX)
      throw errors.validationFailed(key, `is longer than ${VALUE_CHARS_MAX} characters`);
    if (value.includes('\0')) throw errors.validationFailed(key, 'contains a NUL character');
  }
  const agentId = agent?.id ?? '';
  const all = { ...(await opened(tx, office.id, agentId)), ...variables };
  const chars = Object.values(all).reduce((sum, value) => sum + value.length, 0);
  if (chars > VALUES_CHARS_MAX)
    throw errors.validationFailed('variables', `would be more than ${VALUES_CHARS_MAX} characters together`);
  if (Object.keys(all).length > KEYS_MAX)
    throw errors.validationFailed('variables', `would be more than ${KEYS_MAX}`, 'Delete some first.');
  const { kind, id } = actorOf(tx.principal);
  const updated_at = tx.house.clock.now();
  for (const key of keys) {
    const sealed = tx.house.vault.seal(variables[key] ?? '', placeOf(office.id, agentId, key));
    await tx.db
      .insertInto('env_vars')
      .values({ office_id: office.id, agent_id: agentId, key, sealed, updated_by: `${kind}:${id}`, updated_at })
      .onConflict((conflict) =>
        conflict
          .columns(['office_id', 'agent_id', 'key'])
          .doUpdateSet({ sealed, updated_by: `${kind}:${id}`, updated_at }),
      )
      .execute();
  }
  note(tx, office, agent, 'env.set', keys);
}

/** Names only: a value is in no event. */
function note(tx: Context, office: Office, agent: Agent | undefined, type: string, keys: string[]): void {
  record(tx, {
    organizationId: office.organization_id,
    officeId: office.id,
    ...(agent === undefined ? {} : { agentId: agent.id }),
    type,
    subjectId: agent?.id ?? office.id,
    data: { keys },
  });
}
