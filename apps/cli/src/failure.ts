import { OS1Error } from '@guildhall/sdk';

/** Exit codes: 0 done, 1 refused or failed, 2 wrong words, 3 not logged in or not allowed, 4 the server does not answer. */
export const FAILED = 1;
export const USAGE = 2;
export const NOT_ALLOWED = 3;
export const UNREACHABLE = 4;

/** Says on standard error what went wrong and what to do about it. Returns the exit code. */
export function reportFailure(error: unknown): number {
  if (error instanceof OS1Error) {
    const code = error.code === undefined ? '' : ` (${error.code})`;
    process.stderr.write(`error: ${error.message}${code}\n`);
    if (error.retryAfterSeconds !== undefined) process.stderr.write(`Try again in ${error.retryAfterSeconds} s.\n`);
    else if (error.mend !== undefined) process.stderr.write(`${error.mend}\n`);
    return error.status === 401 || error.status === 403 ? NOT_ALLOWED : FAILED;
  }
  if (error instanceof Error && error.message === 'fetch failed') {
    const cause = error.cause instanceof Error ? error.cause.message : 'no answer';
    process.stderr.write(
      `error: the server does not answer (${cause}). Is it running, and is the endpoint right? "mi login --endpoint" or OM_ENDPOINT sets it.\n`,
    );
    return UNREACHABLE;
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`error: ${message}\n`);
  return message.startsWith('Not logged in') ? NOT_ALLOWED : FAILED;
}
