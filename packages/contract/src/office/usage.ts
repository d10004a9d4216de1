import Type, { type Static } from 'typebox';
import { stringEnum } from '../shapes.ts';

export const UsageQuery = Type.Object({
  from: Type.Optional(
    Type.String({ maxLength: 40, description: 'The first day, ISO 8601; the first of this month when left out.' }),
  ),
  to: Type.Optional(Type.String({ maxLength: 40, description: 'The last day; today when left out.' })),
});

export const LlmUsageQuery = Type.Object({
  ...UsageQuery.properties,
  by: Type.Optional(stringEnum(['agent', 'model', 'day'], 'How it is summed; agent when left out.')),
});

const LlmTotals = {
  calls: Type.Integer(),
  input_tokens: Type.Integer(),
  cached_input_tokens: Type.Integer({ description: 'Of the input tokens, those the provider had kept.' }),
  output_tokens: Type.Integer(),
  total_tokens: Type.Integer(),
  total_cost: Type.Number({ description: 'Credits.' }),
};

export const LlmUsage = Type.Object({ key: Type.String({ description: 'Agent, model, or day.' }), ...LlmTotals });
export type LlmUsage = Static<typeof LlmUsage>;

/** Seed: mitosis-sdk-reference 7.5. */
export const LlmUsageSummary = Type.Object({
  total_tokens: Type.Integer(),
  total_cost: Type.Number({ description: 'Credits, the same as total_credits.' }),
  total_credits: Type.Number(),
  agents: Type.Array(Type.Object({ agent: Type.String(), ...LlmTotals })),
});
export type LlmUsageSummary = Static<typeof LlmUsageSummary>;

const Pod = Type.Object({
  agent: Type.String({ description: 'Empty for what the agents of the office share: programs of MCP servers.' }),
  processes: Type.Integer(),
  cpu_core_hours: Type.Number(),
  memory_gib_hours: Type.Number(),
});

/** Seed: mitosis-sdk-reference 7.5; a pod is an agent's commands and programs. */
export const UsageSummary = Type.Object({
  cpu_core_hours: Type.Number(),
  memory_gib_hours: Type.Number(),
  total_credits: Type.Number({ description: 'What models cost in the period.' }),
  pods: Type.Array(Pod),
});
export type UsageSummary = Static<typeof UsageSummary>;

export const AgentUsage = Type.Object({
  agent: Type.String(),
  cpu_core_hours: Type.Number(),
  memory_gib_hours: Type.Number(),
  total_credits: Type.Number(),
  models: Type.Array(LlmUsage),
});
export type AgentUsage = Static<typeof AgentUsage>;
