import Type, { type Static } from 'typebox';
import { closed, instant, nullable, stringEnum } from '../shapes.ts';
import { EmployeeParams } from './employees.ts';
import { OfficeParams } from './offices.ts';

/** Services of others (seed: mitosis-sdk-reference 7.7; spec: mitosis.md 2, 3.4). */
const identity = {
  id: Type.String(),
  name: Type.String(),
  description: Type.String(),
  category: stringEnum(['llm', 'communication', 'services'], 'What it is for.'),
  aliases: Type.Array(Type.String()),
};

export const OfficeIntegration = Type.Object({
  ...identity,
  requiredSecrets: Type.Array(
    Type.Object({ key: Type.String(), label: Type.String(), type: Type.Literal('password'), required: Type.Boolean() }),
  ),
  agentEnvVars: Type.Array(Type.String(), { description: 'Where the commands of an agent find the credential.' }),
  status: stringEnum(
    ['pending', 'configured', 'active'],
    'Not ready: no credential, or not set up by the operator; ready; switched on for an agent.',
  ),
  icon: Type.String({ description: 'An address; empty for none.' }),
  capabilities: Type.Array(Type.String()),
  wizard: stringEnum(['interactive', 'guide', 'auto', 'oauth'], 'How it is set up: here by pasting a key.'),
  officeLevel: Type.Boolean({ description: 'The office holds the credential.' }),
  channels: Type.Array(Type.String()),
  verified: Type.Boolean(),
  secretName: nullable(Type.String()),
  metadata: Type.Record(Type.String(), Type.Unknown()),
  has_key: Type.Boolean(),
  updated_at: nullable(instant('When the credential was set.')),
  agents: Type.Array(Type.String(), { description: 'For whom it is switched on.' }),
});
export type OfficeIntegration = Static<typeof OfficeIntegration>;

const Status = stringEnum(['pending', 'loading', 'active', 'error', 'offline'], 'As the agent last told.');

export const AgentIntegration = Type.Object({
  id: Type.String(),
  enabled: Type.Boolean(),
  status: Status,
  error: Type.Optional(Type.String()),
  envVars: Type.Array(Type.String()),
  channels: Type.Array(Type.String()),
  has_key: Type.Boolean({ description: 'Whether the office has a credential of it.' }),
  address: Type.Optional(
    Type.String({ description: 'Where the agent is reached on a network outside of the house: `0x…` on XMTP.' }),
  ),
  toggledAt: instant('When it was switched.'),
});
export const AgentIntegrations = Type.Object({
  integrations: Type.Array(AgentIntegration),
  rev: Type.String({ description: 'Also the ETag: send it as If-None-Match, and 304 says that nothing changed.' }),
});
export type AgentIntegrations = Static<typeof AgentIntegrations>;

export const IntegrationParams = Type.Object({
  ...OfficeParams.properties,
  integrationId: Type.String({ maxLength: 100 }),
});
export const IntegrationAgentParams = Type.Object({
  ...IntegrationParams.properties,
  agentName: Type.String({ maxLength: 300 }),
});
export const AgentIntegrationParams = Type.Object({
  ...EmployeeParams.properties,
  integrationId: Type.String({ maxLength: 100 }),
});
export const IntegrationKeyRequest = closed({
  key: Type.String({ minLength: 1, maxLength: 64_000 }),
  provider: Type.Optional(Type.String({ maxLength: 100, description: 'Sent by older clients; the address says it.' })),
});
export type IntegrationKeyRequest = Static<typeof IntegrationKeyRequest>;
export const IntegrationSwitchRequest = closed({ enabled: Type.Boolean() });
export type IntegrationSwitchRequest = Static<typeof IntegrationSwitchRequest>;
export const IntegrationReport = closed({ status: Status, error: Type.Optional(Type.String({ maxLength: 2_000 })) });
export type IntegrationReport = Static<typeof IntegrationReport>;

export const IntegrationCallRequest = closed({
  method: Type.Optional(stringEnum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'], 'GET when left out.')),
  path: Type.String({
    minLength: 1,
    maxLength: 4_000,
    description: 'Behind the address of the service, with its query: `/user/repos?per_page=5`.',
  }),
  headers: Type.Optional(
    Type.Record(Type.String({ maxLength: 100 }), Type.String({ maxLength: 2_000 }), {
      description: 'Among accept, content-type, if-*, idempotency-key, x-*.',
    }),
  ),
  body: Type.Optional(Type.Unknown({ description: 'A text is sent as it is; anything else as JSON.' })),
});
export type IntegrationCallRequest = Static<typeof IntegrationCallRequest>;

export const IntegrationAnswer = Type.Object({
  status: Type.Integer({ description: 'What the service answered.' }),
  headers: Type.Record(Type.String(), Type.String()),
  body: Type.String({ description: 'At most 2 MB.' }),
  encoding: stringEnum(['utf8', 'base64'], 'How the body is written here.'),
  truncated: Type.Boolean(),
});
export type IntegrationAnswer = Static<typeof IntegrationAnswer>;
