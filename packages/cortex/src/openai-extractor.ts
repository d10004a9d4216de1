import {
  ANSWER_SCHEMA,
  type Extractor,
  ExtractorUnavailable,
  estimateExtraction,
  INSTRUCTIONS,
  mentionsFrom,
  OUTPUT_TOKENS_MAX,
  promptOf,
} from './extractor.ts';

const TIMEOUT_MS = 90_000;

export interface OpenAiExtractorOptions {
  /** Up to `/v1`: `http://127.0.0.1:11434/v1` for Ollama. */
  baseUrl: string;
  apiKey?: string | undefined;
  model: string;
  /** How prices name who serves it: `openai`, or `compatible` for a server of one's own. */
  provider: string;
}

interface Answer {
  choices?: { message?: { content?: string | null } }[];
  usage?: {
    prompt_tokens?: number;
    completion_tokens?: number;
    prompt_tokens_details?: { cached_tokens?: number };
  };
}

/** Any server that speaks OpenAI's `/chat/completions` with a JSON schema for the answer: OpenAI, Ollama, vLLM. */
export function openAiExtractor({ baseUrl, apiKey, model, provider }: OpenAiExtractorOptions): Extractor {
  const url = `${baseUrl.replace(/\/+$/, '')}/chat/completions`;
  const headers = {
    'content-type': 'application/json',
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  };
  return {
    id: `${provider}:${model}`,
    extract: async (pieces, goal) => {
      const answer = await ask(url, headers, {
        model,
        messages: [
          { role: 'system', content: INSTRUCTIONS },
          { role: 'user', content: promptOf(pieces, goal) },
        ],
        max_completion_tokens: OUTPUT_TOKENS_MAX,
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'things', strict: true, schema: ANSWER_SCHEMA },
        },
      });
      const estimate = estimateExtraction(pieces, goal);
      const used = answer.usage ?? {};
      return {
        mentions: mentionsFrom(answer.choices?.[0]?.message?.content ?? '', pieces),
        usage: {
          // A server that does not count is charged by what went over the wire.
          inputTokens: used.prompt_tokens ?? estimate.inputTokens,
          cachedInputTokens: used.prompt_tokens_details?.cached_tokens ?? 0,
          outputTokens: used.completion_tokens ?? estimate.outputTokens,
        },
      };
    },
  };
}

async function ask(url: string, headers: Record<string, string>, body: object): Promise<Answer> {
  let response: Response;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal });
  } catch (cause) {
    throw new ExtractorUnavailable('The extractor does not answer.', { cause });
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw new ExtractorUnavailable(`The extractor answered with status ${response.status}.`);
  }
  const answer: unknown = await response.json().catch(() => undefined);
  if (typeof answer !== 'object' || answer === null)
    throw new ExtractorUnavailable('The extractor did not answer with JSON.');
  return answer;
}
