import type { ModelCredential } from './credential-pool.ts';
import { GOOGLE_URL, OPENROUTER_URL } from './open-model.ts';

const TIMEOUT_MS = 10_000;
const MODELS_MAX = 500;
const ADDRESSES = {
  anthropic: 'https://api.anthropic.com/v1',
  openai: 'https://api.openai.com/v1',
  openrouter: OPENROUTER_URL,
  google: GOOGLE_URL,
  compatible: '',
} as const;

export interface ListedModel {
  modelId: string;
  name: string;
}

/** The models that a provider lists (`GET /models`, which all of them speak). Throws when it does not answer with a list. */
export async function listModels(credential: ModelCredential): Promise<ListedModel[]> {
  const { provider, secret, baseUrl } = credential;
  const headers: Record<string, string> =
    provider === 'anthropic'
      ? { 'x-api-key': secret, 'anthropic-version': '2023-06-01' }
      : secret === ''
        ? {}
        : { authorization: `Bearer ${secret}` };
  const response = await fetch(`${baseUrl ?? ADDRESSES[provider]}/models`, {
    headers,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`${provider} answered with status ${response.status}`);
  }
  const { data } = (await response.json()) as { data?: { id?: unknown; name?: unknown; display_name?: unknown }[] };
  if (!Array.isArray(data)) throw new Error(`${provider} did not answer with a list`);
  return data.slice(0, MODELS_MAX).flatMap(({ id, name, display_name }) => {
    if (typeof id !== 'string' || id === '') return [];
    const shown = [display_name, name].find((text) => typeof text === 'string' && text !== '');
    // Google lists them as `models/gemini-…`, and is asked without that.
    const modelId = provider === 'google' ? id.replace(/^models\//, '') : id;
    return [{ modelId, name: String(shown ?? modelId) }];
  });
}
