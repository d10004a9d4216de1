import type { ModelProvider, TierTable } from '@guildhall/agent';

/** What a tier means at each provider. The operator overrides a tier with `GUILDHALL_MODEL_HAIKU=provider:model`, and so on. */
export const tierTable: TierTable = {
  haiku: {
    anthropic: 'claude-haiku-4-5',
    openai: 'gpt-5-mini',
    openrouter: 'anthropic/claude-haiku-4.5',
    google: 'gemini-2.5-flash',
  },
  sonnet: {
    anthropic: 'claude-sonnet-4-5',
    openai: 'gpt-5.1',
    openrouter: 'anthropic/claude-sonnet-4.5',
    google: 'gemini-2.5-pro',
  },
  opus: {
    anthropic: 'claude-opus-4-5',
    openai: 'gpt-5.1',
    openrouter: 'anthropic/claude-opus-4.5',
    google: 'gemini-2.5-pro',
  },
};

/** Credits for a million tokens; a credit is a US dollar's worth. */
export interface ModelPrice {
  input: number;
  cachedInput: number;
  output: number;
}

/** Public list prices on this day. The operator's own table (`GUILDHALL_MODEL_PRICES`, a JSON file) goes before it. */
export const PRICES_OF = '2026-01-01';

/** By the beginning of `provider:model`; the longest that fits counts. An address of the operator's own costs nothing. */
export const modelPrices: Readonly<Record<string, ModelPrice>> = {
  'anthropic:claude-haiku': { input: 1, cachedInput: 0.1, output: 5 },
  'anthropic:claude-sonnet': { input: 3, cachedInput: 0.3, output: 15 },
  'anthropic:claude-opus': { input: 5, cachedInput: 0.5, output: 25 },
  'openai:gpt-5-mini': { input: 0.25, cachedInput: 0.025, output: 2 },
  'openai:gpt-5': { input: 1.25, cachedInput: 0.125, output: 10 },
  'openrouter:anthropic/claude-haiku': { input: 1, cachedInput: 0.1, output: 5 },
  'openrouter:anthropic/claude-sonnet': { input: 3, cachedInput: 0.3, output: 15 },
  'openrouter:anthropic/claude-opus': { input: 5, cachedInput: 0.5, output: 25 },
  'google:gemini-2.5-flash': { input: 0.3, cachedInput: 0.075, output: 2.5 },
  'google:gemini-2.5-pro': { input: 1.25, cachedInput: 0.31, output: 10 },
  'compatible:': { input: 0, cachedInput: 0, output: 0 },
};

/** For a model that nobody has priced: rather too much than a budget that does not hold. */
const UNKNOWN: ModelPrice = { input: 15, cachedInput: 15, output: 75 };

export type PriceTable = Readonly<Record<string, ModelPrice>>;

/** `provider:model` → its price. */
export function priceOf(model: string, table: PriceTable): ModelPrice {
  const fitting = Object.keys(table)
    .filter((name) => model.startsWith(name))
    .sort((a, b) => b.length - a.length);
  return table[fitting[0] ?? ''] ?? UNKNOWN;
}

/** Millionths of a credit: a price for a million tokens is the price of one token in micros. */
export function costMicros(
  price: ModelPrice,
  usage: { inputTokens: number; cachedInputTokens: number; outputTokens: number },
): number {
  const fresh = Math.max(0, usage.inputTokens - usage.cachedInputTokens);
  return Math.ceil(
    fresh * price.input + usage.cachedInputTokens * price.cachedInput + usage.outputTokens * price.output,
  );
}

/** The variables that hold a provider's keys (several, separated by commas) and its address. */
export const credentialVariables: Record<ModelProvider, { key: string; url: string }> = {
  anthropic: { key: 'ANTHROPIC_API_KEY', url: 'ANTHROPIC_BASE_URL' },
  openai: { key: 'OPENAI_API_KEY', url: 'OPENAI_BASE_URL' },
  openrouter: { key: 'OPENROUTER_API_KEY', url: 'OPENROUTER_BASE_URL' },
  google: { key: 'GEMINI_API_KEY', url: 'GEMINI_BASE_URL' },
  compatible: { key: 'GUILDHALL_MODEL_API_KEY', url: 'GUILDHALL_MODEL_BASE_URL' },
};
