import { office } from '@guildhall/contract';
import { errors, formatInstant } from '@guildhall/kernel';
import Type from 'typebox';
import {
  agentEnv,
  deleteEnv,
  deleteOfficeSecret,
  envValues,
  listEnv,
  listOfficeSecrets,
  setAgentEnv,
  setEnv,
  setOfficeSecret,
} from '../../domain/env/index.ts';
import { Answer, type Door, itemsWithCursor } from '../../http/index.ts';

const OF_ONE_VARIABLE = ['key', 'value', 'scope', 'agentName', 'agent_name'];

/** These names and no others are one variable; a map with more in it means variables that are called so. */
function isOneVariable(
  body: office.SetEnvRequest,
): body is { key: string; value: string; scope?: 'office' | 'agent'; agentName?: string; agent_name?: string } {
  const { key, value, scope } = body;
  const isOne =
    typeof key === 'string' &&
    typeof value === 'string' &&
    Object.keys(body).every((name) => OF_ONE_VARIABLE.includes(name));
  // Guessed wrong, a secret of one would be everybody's.
  if (isOne && scope !== undefined && !['office', 'agent'].includes(String(scope)))
    throw errors.validationFailed('scope', 'is neither office nor agent');
  return isOne;
}

/** One of an agent says so, or names whose it is. */
function namesAgent({
  scope,
  agentName,
  agent_name,
}: {
  scope?: string;
  agentName?: string;
  agent_name?: string;
}): boolean {
  return scope === 'agent' || agentName !== undefined || agent_name !== undefined;
}

const LIMIT_DEFAULT = 500;
const nothing = () => new Answer(204, undefined);

/** Environments and secrets (seed: mitosis-sdk-reference 7.1 setSecret, 7.9 EnvAPI). */
export function envRoutes(door: Door): void {
  const tag = 'Environment';
  const base = '/api/v1/offices/:officeId';
  door.route(
    {
      method: 'GET',
      path: `${base}/env`,
      id: 'env.list',
      tag,
      summary: 'The names of the variables of an office, and of each of its agents’ own',
      params: office.OfficeParams,
      query: office.PageQuery,
      answers: { 200: Type.Array(office.EnvVar) },
      fails: [404],
    },
    async ({ context, params, query, reply }): Promise<office.EnvVar[]> => {
      const page = { limit: query.limit ?? LIMIT_DEFAULT, cursor: query.cursor };
      return itemsWithCursor(reply, await listEnv(context, params.officeId, page)).map(
        ({ key, source, agentName, updatedAt }) => ({
          key,
          source,
          scope: source,
          ...(agentName === undefined ? {} : { agentName }),
          updated_at: formatInstant(updatedAt),
        }),
      );
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/env/values`,
      id: 'env.values',
      tag,
      summary: 'The variables of an office with their values, for who may read secrets',
      params: office.OfficeParams,
      answers: { 200: office.EnvValues },
      fails: [404],
    },
    async ({ context, params }) => envValues(context, params.officeId),
  );
  door.route(
    {
      method: 'PUT',
      path: `${base}/env`,
      id: 'env.set',
      tag,
      summary: 'Set variables for all agents of an office; others stay',
      description:
        'A map of names to values; or `{key, value}` for one variable of the office, with `scope` and `agentName` for one of one agent.',
      params: office.OfficeParams,
      body: office.SetEnvRequest,
      answers: { 204: null },
      fails: [404],
    },
    async ({ context, params, body }) => {
      if (!isOneVariable(body)) await setEnv(context, params.officeId, body);
      else if (body.scope === 'office' || !namesAgent(body))
        await setEnv(context, params.officeId, { [body.key]: body.value });
      else {
        const agentName = body.agentName ?? body.agent_name;
        if (agentName === undefined) throw errors.validationFailed('agentName', 'is missing');
        await setAgentEnv(context, params.officeId, agentName, body.key, body.value);
      }
      return nothing();
    },
  );
  door.route(
    {
      method: 'DELETE',
      path: `${base}/env/:key`,
      id: 'env.delete',
      tag,
      summary: 'Take a variable away from the agents of an office',
      params: office.EnvParams,
      answers: { 204: null },
      fails: [404],
    },
    async ({ context, params }) => {
      await deleteEnv(context, params.officeId, params.key);
      return nothing();
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/employees/:name/env`,
      id: 'env.getAgentEnv',
      tag,
      summary: 'What an agent finds in its environment, for itself and for who may read secrets',
      params: office.EmployeeParams,
      answers: { 200: office.EnvValues },
      fails: [404],
    },
    async ({ context, params }) => agentEnv(context, params.officeId, params.name),
  );
  door.route(
    {
      method: 'DELETE',
      path: `${base}/employees/:name/env/:key`,
      id: 'env.deleteAgentEnv',
      tag,
      summary: 'Take a variable of an agent’s own away',
      params: office.AgentEnvParams,
      answers: { 204: null },
      fails: [404],
    },
    async ({ context, params }) => {
      await deleteEnv(context, params.officeId, params.key, params.name);
      return nothing();
    },
  );
  door.route(
    {
      method: 'PUT',
      path: `${base}/employees/:name/env/:key`,
      id: 'env.setAgentEnv',
      tag,
      summary: 'Set a variable of one agent',
      params: office.AgentEnvParams,
      body: office.ValueRequest,
      answers: { 204: null },
      fails: [404],
    },
    async ({ context, params, body }) => {
      await setAgentEnv(context, params.officeId, params.name, params.key, body.value);
      return nothing();
    },
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/secrets`,
      id: 'offices.secrets',
      tag,
      summary: 'The names of the secrets of an office',
      params: office.OfficeParams,
      answers: { 200: Type.Array(office.OfficeSecret) },
      fails: [404],
    },
    async ({ context, params }): Promise<office.OfficeSecret[]> =>
      (await listOfficeSecrets(context, params.officeId)).map(({ name, updatedAt }) => ({
        name,
        updated_at: formatInstant(updatedAt),
      })),
  );
  door.route(
    {
      method: 'PUT',
      path: `${base}/secrets/:secretName`,
      id: 'offices.setSecret',
      tag,
      summary: 'Keep a secret of an office; it is never shown again',
      description: 'Agents get it by name: `envSecrets` at hiring.',
      params: office.SecretParams,
      body: office.ValueRequest,
      answers: { 204: null },
      fails: [404],
    },
    async ({ context, params, body }) => {
      await setOfficeSecret(context, params.officeId, params.secretName, body.value);
      return nothing();
    },
  );
  door.route(
    {
      method: 'DELETE',
      path: `${base}/secrets/:secretName`,
      id: 'offices.deleteSecret',
      tag,
      summary: 'Forget a secret of an office',
      params: office.SecretParams,
      answers: { 204: null },
      fails: [404],
    },
    async ({ context, params }) => {
      await deleteOfficeSecret(context, params.officeId, params.secretName);
      return nothing();
    },
  );
}
