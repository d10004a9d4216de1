import { clipText } from '@guildhall/kernel';
import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } from '@modelcontextprotocol/client';
import { EgressRefused } from '../web/egress.ts';

/** What went wrong with a server, worded for people and agents, without a secret. */
export class McpFailure extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'McpFailure';
  }
}

/** The server knows our session no more: nothing was done, and a new session can do it. */
export class SessionLost extends McpFailure {
  constructor(cause: unknown) {
    super('The server has forgotten our session.', { cause });
    this.name = 'SessionLost';
  }
}

const SAID_CHARS_MAX = 500;
const REFUSED_STATUSES = new Set([401, 403]);

const BY_CODE: Record<string, string> = {
  ENOENT: 'The command of the server was not found.',
  EACCES: 'The command of the server may not be run.',
  ENOTFOUND: 'There is no such host.',
  EAI_AGAIN: 'The name of the host could not be looked up.',
  ECONNREFUSED: 'Nothing answers at the address of the server.',
  ECONNRESET: 'The server broke the connection off.',
  [SdkErrorCode.RequestTimeout]: 'The server did not answer in time.',
  [SdkErrorCode.ConnectionClosed]: 'The server closed the connection.',
  [SdkErrorCode.NotConnected]: 'The server closed the connection.',
  [SdkErrorCode.UnsupportedResultType]: 'The server wants to ask somebody something in between, which it cannot here.',
};

/** Errors that say only that the connection was gone. */
const CUT_OFF = new Set<unknown>([
  SdkErrorCode.ConnectionClosed,
  SdkErrorCode.NotConnected,
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ABORT_ERR',
]);

/** `ending`: why the connection is no more, if that is known; it explains more than the error of what it cut off. */
export function wordFailure(error: unknown, hide: (text: string) => string, ending?: string): McpFailure {
  if (error instanceof McpFailure) return error;
  const isCutOff = causes(error).some((one) => CUT_OFF.has((one as NodeJS.ErrnoException).code));
  const said = isCutOff && ending !== undefined ? ending : worded(error);
  return new McpFailure(clipText(hide(said), SAID_CHARS_MAX * 2), { cause: error });
}

function worded(error: unknown): string {
  // What happened below stands at the end of the chain of causes, and says the most.
  for (const one of causes(error).reverse()) {
    if (one instanceof EgressRefused) return one.message;
    if (one instanceof SdkHttpError) return wordedStatus(one.status);
    if (one.name === 'TimeoutError') return 'The server did not answer in time.';
    if (one.name === 'AbortError') return 'The server was stopped.';
    if (one instanceof ProtocolError)
      return `The server answered with an error: ${clipText(one.message, SAID_CHARS_MAX)}`;
    const known = BY_CODE[String((one as NodeJS.ErrnoException).code)];
    if (known !== undefined) return known;
  }
  const said = error instanceof Error ? error.message : String(error);
  const isAnswer = error instanceof SdkError && error.code === SdkErrorCode.InvalidResult;
  return `${isAnswer ? 'The server answered something unreadable' : 'The server could not be used'}: ${clipText(said, SAID_CHARS_MAX)}`;
}

function wordedStatus(status: number): string {
  if (REFUSED_STATUSES.has(status)) return 'The server refused the credential.';
  if (status >= 300 && status < 400) return 'The server redirects to another place, which is not followed.';
  return `The server answered with HTTP status ${status}.`;
}

function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  // Bounded, because a chain may be a circle.
  for (let one = error; one instanceof Error && chain.length < 8; one = one.cause) chain.push(one);
  return chain;
}
