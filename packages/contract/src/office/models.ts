import Type, { type Static } from 'typebox';

/** Models, and whether they answer (seed: mitosis-sdk-reference 7.7, 7.9 LLMPingAPI). */
export const PingResult = Type.Object({
  model: Type.String({ description: 'provider:model; empty when no credential fits.' }),
  latency_ms: Type.Number({ description: 'From the question to the end of the answer.' }),
  success: Type.Boolean({ description: 'Whether an answer came in time.' }),
  error: Type.Optional(Type.String({ description: 'Why none came; left out when one did.' })),
});
export type PingResult = Static<typeof PingResult>;

export const ModelInfo = Type.Object({
  provider: Type.String({ description: '`anthropic`, `openai`, `openrouter` or `compatible`.' }),
  model_id: Type.String({ description: 'As the provider calls it; good as `modelTier`.' }),
  name: Type.String({ description: 'As the provider shows it to people; else as `model_id`.' }),
  available: Type.Boolean({ description: 'False when the provider could not be asked for its list.' }),
});
export type ModelInfo = Static<typeof ModelInfo>;

export const PoolStats = Type.Object({
  active: Type.Integer({ description: 'Agents at work now.' }),
  idle: Type.Integer({ description: 'Agents that could be.' }),
});
export type PoolStats = Static<typeof PoolStats>;
