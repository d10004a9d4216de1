import type { FastifyRequest } from 'fastify';
import type { Context } from '../domain/context/index.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, once the credential was looked at. Anonymous until then. */
    context: Context;
    traceId: string;
    /** Why the credential was refused: answered only after the stranger was counted. */
    credentialError: unknown;
  }
}

const REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/;
const TRACE_PARENT = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}$/;

/** The caller's `X-Request-Id` when it is of the right form, else a fresh one. */
export function requestIdOf(headers: FastifyRequest['raw']['headers'], fresh: string): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : fresh;
}

/** The trace that a W3C `traceparent` names, so that a caller's trace goes on here; else one of our own. */
export function traceIdOf(headers: FastifyRequest['raw']['headers'], fresh: string): string {
  const given = headers.traceparent;
  return (typeof given === 'string' ? TRACE_PARENT.exec(given)?.[1] : undefined) ?? fresh;
}
