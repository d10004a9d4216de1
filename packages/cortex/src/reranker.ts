import type { MemoryHit } from './memory-query.ts';

const TIMEOUT_MS = 5_000;
const TEXT_CHARS_MAX = 4_000;

export interface RerankerOptions {
  /** Up to `/v1`. */
  baseUrl: string;
  apiKey?: string | undefined;
  model: string;
}

/** Puts hits into the order of a model that reads question and piece together. */
export interface Reranker {
  /** As they were when the model does not answer in time: a question is never lost to it. */
  rerank(query: string, hits: readonly MemoryHit[]): Promise<MemoryHit[]>;
}

/** Any server that speaks the `/rerank` of Jina and Cohere: vLLM, text-embeddings-inference, theirs. */
export function httpReranker({ baseUrl, apiKey, model }: RerankerOptions): Reranker {
  const url = `${baseUrl.replace(/\/+$/, '')}/rerank`;
  return {
    rerank: async (query, hits) => {
      if (hits.length < 2) return [...hits];
      const documents = hits.map(({ title, text }) =>
        `${title}\n${text}`.trim().slice(0, TEXT_CHARS_MAX).toWellFormed(),
      );
      const scores = await ask(url, apiKey, { model, query, documents, top_n: documents.length });
      if (scores.size === 0) return [...hits];
      const last = Number.NEGATIVE_INFINITY;
      return hits
        .map((hit, index) => ({
          ...hit,
          signals: withScore(hit, scores.get(index)),
          order: scores.get(index) ?? last,
          index,
        }))
        .sort((one, other) => other.order - one.order || one.index - other.index)
        .map(({ order: _, index: __, ...hit }, place) => ranked(hit, place + 1));
    },
  };
}

function withScore({ signals }: MemoryHit, score: number | undefined): MemoryHit['signals'] {
  return score === undefined ? signals : { ...signals, reranker: { score, rank: 1 } };
}

function ranked(hit: MemoryHit, rank: number): MemoryHit {
  const { reranker } = hit.signals;
  return reranker === undefined ? hit : { ...hit, signals: { ...hit.signals, reranker: { ...reranker, rank } } };
}

async function ask(url: string, apiKey: string | undefined, body: object): Promise<Map<number, number>> {
  const headers = {
    'content-type': 'application/json',
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  };
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal });
    if (!response.ok) {
      await response.body?.cancel();
      return new Map();
    }
    const answer = (await response.json()) as { results?: { index?: number; relevance_score?: number }[] };
    return new Map(
      (answer.results ?? []).flatMap(({ index, relevance_score }) =>
        typeof index === 'number' && typeof relevance_score === 'number' ? [[index, relevance_score] as const] : [],
      ),
    );
  } catch {
    // It does not answer, or not in time: the order stays as it was.
    return new Map();
  }
}
