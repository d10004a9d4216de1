import { office } from '@guildhall/contract';
import { formatInstant } from '@guildhall/kernel';
import Type from 'typebox';
import {
  agentIntegrations,
  callIntegration,
  deleteIntegrationSecret,
  listIntegrations,
  type OfficeIntegration,
  reportIntegration,
  setIntegrationSecret,
  switchIntegration,
  syncClaudeCodeKey,
} from '../../domain/integrations/index.ts';
import { Answer, type Door, isNoneMatch } from '../../http/index.ts';

const nothing = () => new Answer(204, undefined);

/** Services of others (seed: mitosis-sdk-reference 7.7; spec: mitosis.md 3.4, 4.1). */
export function integrationRoutes(door: Door): void {
  const tag = 'Integrations';
  const base = '/api/v1/offices/:officeId/integrations';
  door.route(
    {
      method: 'GET',
      path: base,
      aliases: ['/api/offices/:officeId/integrations'],
      id: 'integrations.list',
      tag,
      summary: 'Every integration that there is, with what the office has of it',
      params: office.OfficeParams,
      answers: { 200: Type.Array(office.OfficeIntegration) },
      fails: [404],
    },
    async ({ context, params }) => (await listIntegrations(context, params.officeId)).map(presentIntegration),
  );
  door.route(
    {
      method: 'POST',
      path: `${base}/:integrationId/secret`,
      id: 'integrations.ensureSecret',
      tag,
      summary: 'Keep the office’s credential of a service; it is never shown',
      params: office.IntegrationParams,
      body: office.IntegrationKeyRequest,
      answers: { 204: null },
      fails: [404],
    },
    async ({ context, params, body }) => {
      await setIntegrationSecret(context, params.officeId, params.integrationId, body.key);
      return nothing();
    },
  );
  door.route(
    {
      method: 'DELETE',
      path: `${base}/:integrationId/secret`,
      id: 'integrations.deleteSecret',
      tag,
      summary: 'Forget the office’s credential of a service',
      params: office.IntegrationParams,
      answers: { 204: null },
      fails: [404],
    },
    async ({ context, params }) => {
      await deleteIntegrationSecret(context, params.officeId, params.integrationId);
      return nothing();
    },
  );
  door.route(
    {
      method: 'POST',
      path: `${base}/:integrationId/agents/:agentName`,
      id: 'integrations.toggleAgent',
      tag,
      summary: 'Switch an integration on or off for one agent',
      description: 'Its commands find the credential in their environment from the next one on.',
      params: office.IntegrationAgentParams,
      body: office.IntegrationSwitchRequest,
      answers: { 204: null },
      fails: [404, 409, 503],
    },
    async ({ context, params, body }) => {
      const { officeId, integrationId, agentName } = params;
      await switchIntegration(context, officeId, integrationId, agentName, body.enabled);
      return nothing();
    },
  );
  door.route(
    {
      method: 'POST',
      path: `${base}/claude-code/sync-key`,
      id: 'integrations.syncClaudeCodeKey',
      tag,
      summary: 'Give Claude Code the office’s credential of Anthropic',
      params: office.OfficeParams,
      answers: { 204: null },
      fails: [404, 503],
    },
    async ({ context, params }) => {
      await syncClaudeCodeKey(context, params.officeId);
      return nothing();
    },
  );
  door.route(
    {
      method: 'POST',
      path: `${base}/:integrationId/call`,
      id: 'integrations.call',
      tag,
      summary: 'Ask a service with the office’s credential, without seeing it',
      description:
        'For agents that it is switched on for, and for people who may read secrets. Redirects are not followed. The answer of the service, whatever its status, comes with 200; each call is an event.',
      params: office.IntegrationParams,
      body: office.IntegrationCallRequest,
      answers: { 200: office.IntegrationAnswer },
      fails: [404, 409, 502, 503],
    },
    async ({ context, params, body }): Promise<office.IntegrationAnswer> => {
      const isText = typeof body.body === 'string' || body.body === undefined;
      const { isTruncated, ...answer } = await callIntegration(context, params.officeId, params.integrationId, {
        method: body.method ?? 'GET',
        path: body.path,
        headers: isText ? body.headers : { 'content-type': 'application/json', ...body.headers },
        body: isText ? (body.body as string | undefined) : JSON.stringify(body.body),
      });
      return { ...answer, truncated: isTruncated };
    },
  );
  const own = '/api/v1/offices/:officeId/employees/:name/integrations';
  door.route(
    {
      method: 'GET',
      path: own,
      id: 'integrations.ofAgent',
      tag,
      summary: 'What is switched on and off for an agent; made to be polled',
      params: office.EmployeeParams,
      headers: { 'if-none-match': 'The revision that you have (`rev`): 304 while nothing has changed.' },
      answers: { 200: office.AgentIntegrations, 304: null },
      fails: [404],
    },
    async ({ context, params, request, reply }) => {
      const { integrations, revision } = await agentIntegrations(context, params.officeId, params.name);
      reply.header('etag', `"${revision}"`);
      if (isNoneMatch(request.headers['if-none-match'], revision)) return new Answer(304, undefined);
      const listed = integrations.map(
        ({ id, category, isEnabled, hasKey, address, status, error, credential, toggledAt }) => ({
          id,
          enabled: isEnabled,
          status,
          ...(error === null ? {} : { error }),
          envVars: credential === undefined ? [] : [credential.variable],
          channels: category === 'communication' ? [id] : [],
          has_key: hasKey,
          ...(address === null ? {} : { address }),
          toggledAt: formatInstant(toggledAt),
        }),
      );
      return new Answer(200, { integrations: listed, rev: revision });
    },
  );
  door.route(
    {
      method: 'POST',
      path: `${own}/:integrationId/status`,
      id: 'integrations.report',
      tag,
      summary: 'What an agent tells of an integration that it has',
      params: office.AgentIntegrationParams,
      body: office.IntegrationReport,
      answers: { 204: null },
      fails: [404],
    },
    async ({ context, params, body }) => {
      await reportIntegration(context, params.officeId, params.name, params.integrationId, body);
      return nothing();
    },
  );
}

function presentIntegration(integration: OfficeIntegration): office.OfficeIntegration {
  const { credential, hasKey, isReady, updatedAt, agentNames, aliases, ...identity } = integration;
  const { id, name } = identity;
  const kept =
    credential === undefined
      ? {
          requiredSecrets: [],
          agentEnvVars: [],
          wizard: 'auto' as const,
          capabilities: [`write to addresses on ${name}`],
        }
      : {
          requiredSecrets: [
            { key: credential.variable, label: `${name} key`, type: 'password' as const, required: true },
          ],
          agentEnvVars: [credential.variable],
          wizard: 'guide' as const,
          capabilities: [`call ${name}`, `find its credential in ${credential.variable}`],
        };
  return {
    ...identity,
    ...kept,
    aliases: [...aliases],
    icon: '',
    officeLevel: credential !== undefined,
    channels: identity.category === 'communication' ? [id] : [],
    verified: false,
    secretName: hasKey && credential !== undefined ? credential.variable : null,
    metadata: {},
    status: !isReady ? 'pending' : agentNames.length > 0 ? 'active' : 'configured',
    has_key: hasKey,
    updated_at: updatedAt === null ? null : formatInstant(updatedAt),
    agents: agentNames,
  };
}
