export const modelProviders = ['anthropic', 'openai', 'openrouter', 'google', 'compatible'] as const;
export type ModelProvider = (typeof modelProviders)[number];

/** A model of a provider. `model` is empty for a `compatible` address whose model is whatever it serves first. */
export interface ModelRef {
  provider: ModelProvider;
  model: string;
}

/** Names that mean a model of each provider: `haiku`, `sonnet`, `opus` and what the operator adds. */
export type TierTable = Readonly<Record<string, Partial<Record<ModelProvider, string>>>>;

export function modelName({ provider, model }: ModelRef): string {
  return `${provider}:${model}`;
}

export function isModelProvider(text: string): text is ModelProvider {
  return (modelProviders as readonly string[]).includes(text);
}

/**
 * What an agent was hired with → the models to try, best first, of providers that are `ready`. A tier is looked up in the
 * table; anything else is a full model id, `provider:model` or the provider's own spelling.
 */
export function resolveModels(
  asked: { tier: string; provider: string },
  ready: readonly ModelProvider[],
  tiers: TierTable,
): ModelRef[] {
  const named = /^([a-z]+):(.+)$/.exec(asked.tier);
  if (named?.[1] !== undefined && isModelProvider(named[1])) {
    return ready.includes(named[1]) ? [{ provider: named[1], model: named[2] ?? '' }] : [];
  }
  const wanted = isModelProvider(asked.provider) ? ready.filter((provider) => provider === asked.provider) : ready;
  const tier = tiers[asked.tier];
  if (tier === undefined && asked.tier !== 'none') {
    const [provider] = wanted.filter((candidate) => spells(candidate, asked.tier));
    return provider === undefined ? [] : [{ provider, model: asked.tier }];
  }
  return wanted.flatMap((provider) => {
    const model = provider === 'compatible' ? (tier?.compatible ?? '') : tier?.[provider];
    return model === undefined ? [] : [{ provider, model }];
  });
}

/** Whether a model id may be one of this provider. */
function spells(provider: ModelProvider, model: string): boolean {
  switch (provider) {
    case 'anthropic':
      return model.startsWith('claude-');
    case 'openai':
      return /^(?:gpt|o\d|chatgpt)/.test(model);
    case 'openrouter':
      return model.includes('/');
    case 'google':
      return model.startsWith('gemini-');
    case 'compatible':
      return true;
  }
}
