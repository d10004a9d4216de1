/** Every answer that is not 2xx. `code` and `mend` come from the server when it sent them. */
export class OS1Error extends Error {
  readonly status: number;
  readonly code: string | undefined;
  readonly mend: string | undefined;
  readonly detail: Record<string, unknown>;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    status: number,
    message: string,
    more: { code?: string; mend?: string; detail?: Record<string, unknown>; retryAfterSeconds?: number } = {},
  ) {
    super(message);
    this.name = 'OS1Error';
    this.status = status;
    this.code = more.code;
    this.mend = more.mend;
    this.detail = more.detail ?? {};
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
}
