import { setTimeout as delay } from 'node:timers/promises';
import { type Embedder, EmbedderUnavailable, toUnit } from './embedder.ts';

const TIMEOUT_MS = 30_000;
const ATTEMPTS = 3;
const TEXT_CHARS_MAX = 8_000;

export interface OpenAiEmbedderOptions {
  /** Up to `/v1`: `http://127.0.0.1:11434/v1` for Ollama. */
  baseUrl: string;
  apiKey?: string | undefined;
  model: string;
  weight: number;
}

/** Any server that speaks OpenAI's `/embeddings`: OpenAI, Ollama, vLLM. */
export function openAiEmbedder({ baseUrl, apiKey, model, weight }: OpenAiEmbedderOptions): Embedder {
  const url = `${baseUrl.replace(/\/+$/, '')}/embeddings`;
  const headers = {
    'content-type': 'application/json',
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  };
  return {
    id: `openai:${model}`,
    weight,
    embed: async (texts) => {
      const input = texts.map((text) => (text.trim() === '' ? ' ' : text.slice(0, TEXT_CHARS_MAX).toWellFormed()));
      for (let attempt = 1; ; attempt++) {
        const failure = await ask(url, headers, { model, input }, texts.length);
        if (Array.isArray(failure)) return failure;
        if (!failure.isPassing || attempt === ATTEMPTS) throw failure.error;
        await delay(250 * 2 ** attempt);
      }
    },
  };
}

interface Failure {
  error: EmbedderUnavailable;
  /** Whether it may work in a moment. */
  isPassing: boolean;
}

async function ask(
  url: string,
  headers: Record<string, string>,
  body: object,
  count: number,
): Promise<Float32Array[] | Failure> {
  let response: Response;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal });
  } catch (cause) {
    return { error: new EmbedderUnavailable('The embedder does not answer.', { cause }), isPassing: true };
  }
  if (!response.ok) {
    await response.body?.cancel();
    const isPassing = response.status === 429 || response.status >= 500;
    return { error: new EmbedderUnavailable(`The embedder answered with status ${response.status}.`), isPassing };
  }
  const answer = (await response.json().catch(() => undefined)) as
    | { data?: { index?: number; embedding?: number[] }[] }
    | undefined;
  const rows = [...(answer?.data ?? [])].sort((one, other) => (one.index ?? 0) - (other.index ?? 0));
  if (rows.length !== count || rows.some(({ embedding }) => !Array.isArray(embedding) || embedding.length === 0))
    return { error: new EmbedderUnavailable('The embedder did not answer with one vector a text.'), isPassing: false };
  return rows.map(({ embedding = [] }) => toUnit(embedding));
}
