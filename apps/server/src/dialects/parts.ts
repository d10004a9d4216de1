import type { FastifyRequest } from 'fastify';
import type { House } from '../domain/context/index.ts';

/** What the composition root hands to every dialect. */
export interface DialectParts {
  house: House;
  version: string;
  startedAt: number;
  /** Aborted when the server shuts down: streams end. */
  closing: AbortSignal;
  /** Checks the request's credential again: a stream outlives the check at its start. */
  reauthenticate(request: FastifyRequest): Promise<void>;
}
