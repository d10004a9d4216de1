import { errors, type JsonObject } from '@guildhall/kernel';
import { type Agent, type HireInput, hireAgent, type UpdateAgentInput, updateAgent } from '../agents/index.ts';
import { type Context, inTransaction } from '../context/index.ts';
import { hasCredential, switchIntegration } from '../integrations/index.ts';
import { loadOffice } from '../offices/index.ts';
import { ENV_KEY, OWN, secretNamesIn, writeEnv } from './env.ts';
import { listOfficeSecrets } from './office-secret.ts';

export interface Equipment {
  /** Values: they go into the vault and are not given back. */
  env?: Record<string, string> | undefined;
  /** Names of secrets of the office, as they are or under the names of variables. */
  envSecrets?: readonly string[] | Record<string, string> | undefined;
  /** Integration → whether it is switched on. */
  integrations?: Record<string, boolean> | undefined;
  /** Whoever is thought for by a provider has its integration too, where the office has one. */
  provider?: string | undefined;
}

/** Hires an agent with its environment: both or neither. */
export async function hireEquipped(
  context: Context,
  officeId: string,
  input: HireInput,
  equipment: Equipment,
): Promise<Agent> {
  return inTransaction(context, async (tx) => {
    const profile = { ...input.profile, ...(await checkedSecrets(tx, officeId, equipment)) };
    const agent = await hireAgent(tx, officeId, { ...input, profile });
    await equip(tx, agent, equipment);
    return agent;
  });
}

/** Changes an agent with its environment: both or neither. Values need the right to write secrets. */
export async function updateEquipped(
  context: Context,
  officeId: string,
  nameOrId: string,
  input: UpdateAgentInput,
  equipment: Equipment,
): Promise<Agent> {
  return inTransaction(context, async (tx) => {
    const profile = { ...input.profile, ...(await checkedSecrets(tx, officeId, equipment)) };
    if (equipment.env !== undefined) await loadOffice(tx, officeId, 'secrets:write');
    const agent = await updateAgent(tx, officeId, nameOrId, { ...input, profile });
    await equip(tx, agent, equipment);
    return agent;
  });
}

async function equip(tx: Context, agent: Agent, { env, integrations = {}, provider }: Equipment): Promise<void> {
  const switched = new Map(Object.entries(integrations));
  if (provider !== undefined && !switched.has(provider) && (await hasCredential(tx, agent.office_id, provider)))
    switched.set(provider, true);
  for (const [id, isEnabled] of switched) await switchIntegration(tx, agent.office_id, id, agent.id, isEnabled);
  if (env === undefined || Object.keys(env).length === 0) return;
  const office = await loadOffice(tx, agent.office_id, 'offices:read');
  await writeEnv(tx, office, agent, env);
}

/** What an agent is given by name must be there, and giving it needs the right to use secrets. */
async function checkedSecrets(tx: Context, officeId: string, { envSecrets }: Equipment): Promise<JsonObject> {
  if (envSecrets === undefined) return {};
  const named = { envSecrets: envSecrets as JsonObject[string] };
  const names = secretNamesIn(named);
  if (names.length === 0) return named;
  await loadOffice(tx, officeId, 'secrets:write');
  const known = new Set((await listOfficeSecrets(tx, officeId)).map(({ name }) => name));
  for (const [key, name] of names) {
    if (!ENV_KEY.test(key) || OWN.has(key))
      throw errors.validationFailed('envSecrets', `"${key}" is no name of a variable`);
    if (!known.has(name))
      throw errors.validationFailed(
        'envSecrets',
        `names "${name}", and the office has no such secret`,
        `Set it first: PUT …/secrets/${name}.`,
      );
  }
  return named;
}
