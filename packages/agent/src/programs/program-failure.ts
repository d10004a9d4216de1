import { ModelFailure, type ModelFailureKind } from '../model/model-failure.ts';

/** What a program tells of a model call that failed. */
export interface ProgramError {
  /** The provider's HTTP status, when the program passes it on. */
  status: number | undefined;
  /** The program's own word for the kind of error. */
  code: string | undefined;
  text: string;
}

/**
 * The words of a program → a failure of the model with a name. What the program says is not repeated: it may hold a key.
 * Undefined when its words are about something else: then it is the program that failed.
 */
export function failureOf(error: ProgramError): ModelFailure | undefined {
  const kind = kindOf(error);
  return kind === undefined ? undefined : new ModelFailure(kind, WORDS[kind]);
}

function kindOf({ status, code = '', text }: ProgramError): ModelFailureKind | undefined {
  const first = SAID_FIRST.find(([words]) => words.test(text));
  if (first !== undefined) return first[1];
  const named = KIND_OF_CODE[code];
  if (named !== undefined) return named;
  if (status !== undefined) return kindOfStatus(status);
  return SAID.find(([words]) => words.test(text))?.[1];
}

/** What goes before codes and status: a provider answers 400 to both. */
const SAID_FIRST: readonly (readonly [RegExp, ModelFailureKind])[] = [
  [/prompt is too long|context.{0,20}(?:length|window|overflow)|input.{0,20}too long/i, 'context_overflow'],
  [/credit balance|insufficient_quota|out of (?:credits|usage)|usage limit|hit your [^.]{0,40}limit/i, 'out_of_quota'],
];

const SAID: readonly (readonly [RegExp, ModelFailureKind])[] = [
  [/invalid (?:x-)?api[- ]?key|authentication|unauthori[sz]ed|\b401\b|please run \/login|no api key/i, 'auth_failed'],
  [/rate.?limit|too many requests|\b429\b/i, 'rate_limited'],
  [/overloaded|\b529\b|\b50[0234]\b|server error/i, 'overloaded'],
  [/ECONN|ENOTFOUND|EAI_AGAIN|connection|network|DNS lookup|fetch failed/i, 'unreachable'],
  [/timed? ?out/i, 'timed_out'],
  [/HTTP 4\d\d\b/, 'refused'],
];

function kindOfStatus(status: number): ModelFailureKind {
  if (status === 401 || status === 403) return 'auth_failed';
  if (status === 402) return 'out_of_quota';
  if (status === 413) return 'context_overflow';
  if (status === 429) return 'rate_limited';
  if (status === 408) return 'timed_out';
  return status >= 500 ? 'overloaded' : 'refused';
}

/** Claude Code's own words (`SDKAssistantMessageError`). */
const KIND_OF_CODE: Readonly<Record<string, ModelFailureKind>> = {
  authentication_failed: 'auth_failed',
  oauth_org_not_allowed: 'auth_failed',
  account_on_hold: 'auth_failed',
  verification_required: 'auth_failed',
  billing_error: 'out_of_quota',
  rate_limit: 'rate_limited',
  overloaded: 'overloaded',
  server_error: 'overloaded',
  invalid_request: 'refused',
  model_not_found: 'refused',
};

const WORDS: Record<ModelFailureKind, string> = {
  auth_failed: 'The provider does not accept the credential.',
  out_of_quota: 'The credential has no quota left.',
  rate_limited: 'The provider says: too many requests.',
  overloaded: 'The provider is overloaded.',
  unreachable: 'The model’s address did not answer.',
  timed_out: 'The model did not answer in time.',
  broken_answer: 'The model’s answer broke off.',
  context_overflow: 'What is asked is longer than the model can take at once.',
  refused: 'The provider refused the request.',
};
