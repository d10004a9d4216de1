import type { JsonObject } from './json.ts';

/** Every failure that can reach a caller: code → HTTP status and what to do about it. Dialects rename, never invent. */
export const errorCatalogue = {
  validation_failed: { status: 400, mend: 'Correct the named field and send the request again.' },
  invite_unknown: { status: 400, mend: 'Check the code: six letters and digits, without I, O, 0 and 1.' },
  invite_wrong_type: { status: 400, mend: 'This invites a person: ask for an agent invite.' },
  invite_no_office: { status: 400, mend: 'The office of this invite is gone: ask for another invite.' },
  invite_used: { status: 410, mend: 'An invite is good once: ask for another.' },
  invite_expired: { status: 410, mend: 'Ask for another invite.' },
  unauthorized: { status: 401, mend: 'Send a valid credential.' },
  credential_expired: { status: 401, mend: 'Issue a new key.' },
  credential_revoked: { status: 401, mend: 'Issue a new key.' },
  signature_expired: { status: 401, mend: 'Sign again: the timestamp must be within 60 seconds of the server clock.' },
  signature_replayed: { status: 401, mend: 'Sign every request anew; a signature is good for one request.' },
  insufficient_credits: { status: 402, mend: 'Add credits to the office.' },
  forbidden: { status: 403, mend: 'Ask the owner for the right that this needs.' },
  insufficient_scope: { status: 403, mend: 'Use a key that carries the scope.' },
  not_found: { status: 404, mend: 'Check the id; list the collection to see what is there.' },
  route_not_found: { status: 404, mend: 'See the OpenAPI document for what is served.' },
  method_not_allowed: { status: 405, mend: 'Use one of the methods in the Allow header.' },
  conflict: { status: 409, mend: 'Read the current state and decide again.' },
  folder_not_empty: { status: 409, mend: 'Delete what is in it first, or delete it with recursive=true.' },
  name_taken: { status: 409, mend: 'Choose another name.' },
  stale_fence: { status: 409, mend: 'The lease was lost; stop working on it and claim again.' },
  invalid_transition: { status: 409, mend: 'Read the current state; only the listed actions are possible from it.' },
  version_conflict: { status: 409, mend: 'Read the current version, merge, and write again.' },
  idempotency_key_reused: { status: 409, mend: 'Use a new Idempotency-Key for a different request.' },
  idempotency_in_flight: { status: 409, mend: 'The first request with this key is still running; try again shortly.' },
  cursor_expired: {
    status: 410,
    mend: 'Events before the cursor are gone; read the current state and start from its cursor.',
  },
  precondition_failed: { status: 412, mend: 'Read the current version and write again.' },
  payload_too_large: { status: 413, mend: 'Send less, or raise the limit in the configuration.' },
  range_not_satisfiable: {
    status: 416,
    mend: 'Ask for bytes that the file has; Content-Range says how many those are.',
  },
  unsupported_media_type: { status: 415, mend: 'Send application/json, or multipart/form-data for files.' },
  evidence_rejected: { status: 422, mend: 'Complete the evidence as described and send it again.' },
  rate_limited: { status: 429, mend: 'Wait as long as Retry-After says.' },
  hire_limited: { status: 429, mend: 'Wait as long as Retry-After says, or give the work to an agent you have.' },
  internal_error: { status: 500, mend: 'Quote the request id to the operator; the cause is in the server log.' },
  not_available_yet: { status: 501, mend: 'This version does not do that yet; the README lists what is missing.' },
  upstream_failed: { status: 502, mend: 'The service of others did not answer: try again shortly.' },
  not_configured: { status: 503, mend: 'The operator of this house has to configure it.' },
  service_unavailable: { status: 503, mend: 'Try again shortly.' },
  drive_full: { status: 507, mend: 'Delete files and empty the trash, or ask the operator for a larger drive.' },
  storage_full: { status: 507, mend: 'Free disk space on the server, then try again.' },
} as const satisfies Record<string, { status: number; mend: string }>;

export type ErrorCode = keyof typeof errorCatalogue;

export interface GuildhallErrorOptions {
  message: string;
  detail?: JsonObject;
  mend?: string;
  retryAfterSeconds?: number;
  headers?: Record<string, string>;
  cause?: unknown;
}

/** An expected failure: it has a code from the catalogue and may be shown to the caller as it stands. */
export class GuildhallError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly mend: string;
  readonly detail: JsonObject;
  readonly retryAfterSeconds: number | undefined;
  readonly headers: Record<string, string>;

  constructor(code: ErrorCode, options: GuildhallErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'GuildhallError';
    this.code = code;
    this.status = errorCatalogue[code].status;
    this.mend = options.mend ?? errorCatalogue[code].mend;
    this.detail = options.detail ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.headers = options.headers ?? {};
  }
}
