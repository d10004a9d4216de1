import Type, { type Static } from 'typebox';
import { stringEnum } from '../shapes.ts';

/** Every answer that is not 2xx (seed: osmoda-spawn-skill, Error handling). */
export const SpawnError = Type.Object(
  {
    code: Type.String({ description: 'Stable: match on this.' }),
    message: Type.String(),
    detail: Type.Record(Type.String(), Type.Unknown()),
    request_id: Type.String(),
    error: Type.String({ description: 'Legacy alias of code.' }),
  },
  { $id: 'SpawnError' },
);
export type SpawnError = Static<typeof SpawnError>;

export const Plan = Type.Object({
  id: Type.String(),
  name: Type.String(),
  description: Type.String(),
  cpu: Type.Integer({ description: 'Cores.' }),
  ram: Type.String(),
  disk: Type.String(),
  price_usd: Type.Number(),
  tier: Type.Optional(Type.String()),
  endpoint: Type.String({ description: 'Where to order it.' }),
});
export type Plan = Static<typeof Plan>;

export const PlanList = Type.Object({
  plans: Type.Array(Plan),
  regions: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), flag: Type.String() })),
  network: stringEnum(['mainnet', 'testnet'], 'Where payments settle.'),
  default_region: Type.String(),
});
export type PlanList = Static<typeof PlanList>;

export const AgentCard = Type.Object({
  protocolVersion: Type.String(),
  name: Type.String(),
  description: Type.String(),
  url: Type.String(),
  version: Type.String(),
  provider: Type.Object({ organization: Type.String(), url: Type.String() }),
  capabilities: Type.Object({
    streaming: Type.Boolean(),
    pushNotifications: Type.Boolean(),
    stateTransitionHistory: Type.Boolean(),
  }),
  securitySchemes: Type.Record(Type.String(), Type.Unknown()),
  defaultInputModes: Type.Array(Type.String()),
  defaultOutputModes: Type.Array(Type.String()),
  documentationUrl: Type.String(),
  skills: Type.Array(
    Type.Object({
      id: Type.String(),
      name: Type.String(),
      description: Type.String(),
      tags: Type.Array(Type.String()),
    }),
  ),
});
export type AgentCard = Static<typeof AgentCard>;
