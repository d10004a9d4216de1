import Type, { type Static } from 'typebox';
import { closed, instant, nullable, stringEnum } from '../shapes.ts';
import { EmployeeParams } from './employees.ts';
import { OfficeParams } from './offices.ts';

/** Services of others (seed: mitosis-sdk-reference 7.7; spec: mitosis.md 2, 3.4). */
const identity = {
  id: Type.String({ description: 'The `integrationId` in addresses, such as `github`.' }),
  name: Type.String({ description: 'As its vendor writes it.' }),
  description: Type.String({ description: 'One line for people.' }),
  category: stringEnum(['llm', 'communication', 'services'], 'What it is for.'),
  aliases: Type.Array(Type.String(), { description: 'Words that people look for it by.' }),
};

export const OfficeIntegration = Type.Object({
  ...identity,
  requiredSecrets: Type.Array(
    Type.Object({
      key: Type.String({ description: 'The variable that agents find it in.' }),
      label: Type.String({ description: 'What to ask a person for.' }),
      type: Type.Literal('password', { description: 'Always `password`: not to be shown while it is typed.' }),
      required: Type.Boolean({ description: 'Always true.' }),
    }),
    { description: 'What the office has to give it; empty when nothing.' },
  ),
  agentEnvVars: Type.Array(Type.String(), { description: 'Where the commands of an agent find the credential.' }),
  status: stringEnum(
    ['pending', 'configured', 'active'],
    'Not ready: no credential, or not set up by the operator; ready; switched on for an agent.',
  ),
  icon: Type.String({ description: 'An address; empty for none.' }),
  capabilities: Type.Array(Type.String(), { description: 'What it lets an agent do, for people.' }),
  wizard: stringEnum(['interactive', 'guide', 'auto', 'oauth'], 'How it is set up: here by pasting a key.'),
  officeLevel: Type.Boolean({ description: 'The office holds the credential.' }),
  channels: Type.Array(Type.String(), { description: 'Its own id when it is for communication; else empty.' }),
  verified: Type.Boolean({ description: 'Always false: no vendor has looked at one.' }),
  secretName: nullable(Type.String({ description: 'The variable that stands for the credential; null without one.' })),
  metadata: Type.Record(Type.String(), Type.Unknown(), { description: 'Always empty.' }),
  has_key: Type.Boolean({ description: 'Whether the office has a credential of it.' }),
  updated_at: nullable(instant('When the credential was set.')),
  agents: Type.Array(Type.String(), { description: 'For whom it is switched on.' }),
});
export type OfficeIntegration = Static<typeof OfficeIntegration>;

const Status = stringEnum(['pending', 'loading', 'active', 'error', 'offline'], 'As the agent last told.');

export const AgentIntegration = Type.Object({
  id: Type.String({ description: 'As in the list of the office’s integrations.' }),
  enabled: Type.Boolean({ description: 'What was switched off stays in the list.' }),
  status: Status,
  error: Type.Optional(Type.String({ description: 'What the agent told with its status; left out when nothing.' })),
  envVars: Type.Array(Type.String(), {
    description: 'Where its commands find the credential; empty when it needs none.',
  }),
  channels: Type.Array(Type.String(), { description: 'Its own id when it is for communication; else empty.' }),
  has_key: Type.Boolean({ description: 'Whether the office has a credential of it.' }),
  address: Type.Optional(
    Type.String({ description: 'Where the agent is reached on a network outside of the house: `0x…` on XMTP.' }),
  ),
  toggledAt: instant('When it was switched.'),
});
export const AgentIntegrations = Type.Object({
  integrations: Type.Array(AgentIntegration, {
    description: 'Those that somebody has switched for this agent, on or off.',
  }),
  rev: Type.String({ description: 'Also the ETag: send it as If-None-Match, and 304 says that nothing changed.' }),
});
export type AgentIntegrations = Static<typeof AgentIntegrations>;

export const IntegrationParams = Type.Object({
  ...OfficeParams.properties,
  integrationId: Type.String({
    maxLength: 100,
    description: 'As in the list of integrations, or an alias that only one has.',
  }),
});
export const IntegrationAgentParams = Type.Object({
  ...IntegrationParams.properties,
  agentName: Type.String({ maxLength: 300, description: 'Name or id.' }),
});
export const AgentIntegrationParams = Type.Object({
  ...EmployeeParams.properties,
  integrationId: Type.String({
    maxLength: 100,
    description: 'As in the list of integrations, or an alias that only one has.',
  }),
});
export const IntegrationKeyRequest = closed({
  key: Type.String({
    minLength: 1,
    maxLength: 64_000,
    description: 'The credential, at most 32,000 characters; space around it is left out.',
  }),
  provider: Type.Optional(Type.String({ maxLength: 100, description: 'Sent by older clients; the address says it.' })),
});
export type IntegrationKeyRequest = Static<typeof IntegrationKeyRequest>;
export const IntegrationSwitchRequest = closed({
  enabled: Type.Boolean({ description: 'On needs that the office has a credential of it.' }),
});
export type IntegrationSwitchRequest = Static<typeof IntegrationSwitchRequest>;
export const IntegrationReport = closed({
  status: Status,
  error: Type.Optional(
    Type.String({
      maxLength: 2_000,
      description: 'Why, when it does not work; what was told before is forgotten when left out.',
    }),
  ),
});
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
  headers: Type.Record(Type.String(), Type.String(), {
    description:
      'Of what it answered: content-type, etag, last-modified, link, location, retry-after, x-ratelimit-… and the like.',
  }),
  body: Type.String({ description: 'At most 2 MB.' }),
  encoding: stringEnum(['utf8', 'base64'], 'How the body is written here.'),
  truncated: Type.Boolean({ description: 'Whether there was more of it.' }),
});
export type IntegrationAnswer = Static<typeof IntegrationAnswer>;
