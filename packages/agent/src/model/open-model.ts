import type { LanguageModelV3 } from '@ai-sdk/provider';
import type { ModelCredential } from './credential-pool.ts';
import { ModelFailure, toModelFailure } from './model-failure.ts';
import type { ModelRef } from './model-ref.ts';

export const OPENROUTER_URL = 'https://openrouter.ai/api/v1';
/** Google's own door for clients of OpenAI's wire. */
export const GOOGLE_URL = 'https://generativelanguage.googleapis.com/v1beta/openai';
const LIST_TIMEOUT_MS = 10_000;

/** The provider's library for a model. Loaded when the first model is opened: a house of reflex agents never pays for it. */
export async function openModel(ref: ModelRef, credential: ModelCredential): Promise<LanguageModelV3> {
  const address = credential.baseUrl === undefined ? {} : { baseURL: credential.baseUrl };
  switch (ref.provider) {
    case 'anthropic': {
      const { createAnthropic } = await import('@ai-sdk/anthropic');
      return createAnthropic({ apiKey: credential.secret, ...address })(ref.model);
    }
    case 'openai': {
      const { createOpenAI } = await import('@ai-sdk/openai');
      return createOpenAI({ apiKey: credential.secret, ...address }).chat(ref.model);
    }
    case 'openrouter':
    case 'google':
    case 'compatible': {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
      const provider = createOpenAICompatible({
        name: ref.provider,
        baseURL: credential.baseUrl ?? (ref.provider === 'google' ? GOOGLE_URL : OPENROUTER_URL),
        includeUsage: true,
        ...(credential.secret === '' ? {} : { apiKey: credential.secret }),
      });
      return provider(ref.model === '' ? await firstModelOf(credential) : ref.model);
    }
  }
}

const servedFirst = new Map<string, Promise<string>>();

/** The first model that an OpenAI-compatible address lists, asked once a process. */
function firstModelOf(credential: ModelCredential): Promise<string> {
  const known = servedFirst.get(credential.id);
  if (known !== undefined) return known;
  const asked = askForModels(credential).catch((error: unknown) => {
    servedFirst.delete(credential.id);
    throw error;
  });
  servedFirst.set(credential.id, asked);
  return asked;
}

async function askForModels(credential: ModelCredential): Promise<string> {
  try {
    const response = await fetch(`${credential.baseUrl}/models`, {
      headers: credential.secret === '' ? {} : { authorization: `Bearer ${credential.secret}` },
      signal: AbortSignal.timeout(LIST_TIMEOUT_MS),
    });
    const body = (await response.json()) as { data?: { id?: unknown }[] };
    const id = body.data?.[0]?.id;
    if (typeof id === 'string' && id !== '') return id;
  } catch (error) {
    throw toModelFailure(error);
  }
  throw new ModelFailure('refused', 'The address lists no model: name one with GUILDHALL_MODEL_DEFAULT.');
}
