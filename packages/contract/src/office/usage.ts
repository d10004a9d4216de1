import Type, { type Static } from 'typebox';
import { stringEnum } from '../shapes.ts';

export const UsageQuery = Type.Object({
  from: Type.Optional(
    Type.String({ maxLength: 40, description: 'The first day, ISO 8601; the first of this month when left out.' }),
  ),
  to: Type.Optional(Type.String({ maxLength: 40, description: 'The last day; today when left out.' })),
});

/** Of the month so far: nothing to choose. */
export const NoPeriodQuery = Type.Object({});

export const LlmUsageQuery = Type.Object({
  ...UsageQuery.properties,
  by: Type.Optional(stringEnum(['agent', 'model', 'day'], 'How it is summed; agent when left out.')),
});

const LlmTotals = {
  calls: Type.Integer({ description: 'How often a model was asked.' }),
  input_tokens: Type.Integer({ description: 'Told to models.' }),
  cached_input_tokens: Type.Integer({ description: 'Of the input tokens, those the provider had kept.' }),
  output_tokens: Type.Integer({ description: 'Written by models.' }),
  total_tokens: Type.Integer({ description: 'Input and output together.' }),
  total_cost: Type.Number({ description: 'Credits.' }),
};

export const LlmUsage = Type.Object({ key: Type.String({ description: 'Agent, model, or day.' }), ...LlmTotals });
export type LlmUsage = Static<typeof LlmUsage>;

/** Seed: mitosis-sdk-reference 7.5. */
export const LlmUsageSummary = Type.Object({
  total_tokens: Type.Integer({ description: 'Input and output, of all agents.' }),
  total_cost: Type.Number({ description: 'Credits, the same as total_credits.' }),
  total_credits: Type.Number({ description: 'What the calls of models cost.' }),
  agents: Type.Array(
    Type.Object({
      agent: Type.String({ description: 'Its name; empty for what no single agent asked, such as the memory.' }),
      ...LlmTotals,
    }),
    { description: 'Those for whom a model was asked.' },
  ),
});
export type LlmUsageSummary = Static<typeof LlmUsageSummary>;

const Pod = Type.Object({
  agent: Type.String({ description: 'Empty for what the agents of the office share: programs of MCP servers.' }),
  processes: Type.Integer({ description: 'Commands and programs that were run.' }),
  cpu_core_hours: Type.Number({ description: 'One is a core for an hour.' }),
  memory_gib_hours: Type.Number({ description: 'One is a GiB for an hour.' }),
});

/** Seed: mitosis-sdk-reference 7.5; a pod is an agent's commands and programs. */
export const UsageSummary = Type.Object({
  cpu_core_hours: Type.Number({ description: 'Of all pods; one is a core for an hour.' }),
  memory_gib_hours: Type.Number({ description: 'Of all pods; one is a GiB for an hour.' }),
  total_credits: Type.Number({
    description: 'What was charged in the period: runs, calls of models, and what else the office pays.',
  }),
  pods: Type.Array(Pod, { description: 'Those that ran something.' }),
});
export type UsageSummary = Static<typeof UsageSummary>;

export const AgentUsage = Type.Object({
  agent: Type.String({ description: 'Its name.' }),
  cpu_core_hours: Type.Number({ description: 'Of its commands and programs; one is a core for an hour.' }),
  memory_gib_hours: Type.Number({ description: 'Of its commands and programs; one is a GiB for an hour.' }),
  total_credits: Type.Number({
    description: 'What it was charged in the period: runs, and the calls of their models.',
  }),
  models: Type.Array(LlmUsage, { description: 'By model; `key` is `provider:model`.' }),
});
export type AgentUsage = Static<typeof AgentUsage>;
