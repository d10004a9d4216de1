import { APICallError } from '@ai-sdk/provider';
import type { Usage } from '../journal.ts';

/**
 * What a failed model call means for the next one: `credential` kinds put the credential to rest and take another one of
 * the same provider; `model` kinds try the next model; `context_overflow` asks for a smaller prompt; `refused` is final.
 */
export type ModelFailureKind =
  | 'auth_failed'
  | 'out_of_quota'
  | 'rate_limited'
  | 'overloaded'
  | 'unreachable'
  | 'timed_out'
  | 'broken_answer'
  | 'context_overflow'
  | 'refused';

export class ModelFailure extends Error {
  readonly kind: ModelFailureKind;
  readonly retryAfterMs: number | undefined;
  /** What the provider bills all the same, about: it had begun to answer. */
  spent: Usage | undefined;

  constructor(kind: ModelFailureKind, message: string, retryAfterMs?: number) {
    super(message);
    this.name = 'ModelFailure';
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}

export const coolsCredential: ReadonlySet<ModelFailureKind> = new Set(['auth_failed', 'out_of_quota', 'rate_limited']);

/** Anything that a provider's library throws → a failure with a name. The text carries no header and no key. */
export function toModelFailure(error: unknown): ModelFailure {
  if (error instanceof ModelFailure) return error;
  if (APICallError.isInstance(error)) {
    const status = error.statusCode;
    if (status === undefined) return new ModelFailure('unreachable', 'The model’s address did not answer.');
    const body = `${error.message} ${error.responseBody ?? ''}`.slice(0, 5_000);
    const kind = kindOf(status, body);
    return new ModelFailure(kind, `The provider answered ${status}: ${wordsFor[kind]}`, retryAfterMsOf(error));
  }
  if (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError'))
    return new ModelFailure('timed_out', wordsFor.timed_out);
  if (error instanceof TypeError || (error instanceof Error && error.name === 'AI_RetryError'))
    return new ModelFailure('unreachable', wordsFor.unreachable);
  // An error inside the stream comes as the provider's own object.
  const text = (JSON.stringify(error) ?? '') + (error instanceof Error ? error.message : '');
  if (/overloaded/i.test(text)) return new ModelFailure('overloaded', wordsFor.overloaded);
  if (/rate.?limit/i.test(text)) return new ModelFailure('rate_limited', wordsFor.rate_limited);
  return new ModelFailure('broken_answer', wordsFor.broken_answer);
}

const wordsFor: Record<ModelFailureKind, string> = {
  auth_failed: 'it does not accept the credential.',
  out_of_quota: 'the credential has no quota left.',
  rate_limited: 'too many requests.',
  overloaded: 'it is overloaded.',
  unreachable: 'The model’s address did not answer.',
  timed_out: 'The model did not answer in time.',
  broken_answer: 'The model’s answer broke off or could not be read.',
  context_overflow: 'the prompt is longer than the model can take.',
  refused: 'it refused the request.',
};

function kindOf(status: number, body: string): ModelFailureKind {
  if (/context.{0,20}(?:length|window)|prompt is too long|too many tokens|maximum context/i.test(body) && status < 500)
    return 'context_overflow';
  if (/insufficient_quota|credit balance|billing|out of (?:credits|usage)/i.test(body) || status === 402)
    return 'out_of_quota';
  if (status === 401 || status === 403) return 'auth_failed';
  if (status === 429) return 'rate_limited';
  if (status === 413) return 'context_overflow';
  if (status === 529 || status >= 500) return 'overloaded';
  if (status === 408) return 'timed_out';
  return 'refused';
}

function retryAfterMsOf(error: APICallError): number | undefined {
  const seconds = Number(error.responseHeaders?.['retry-after']);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 3_600) * 1_000 : undefined;
}
