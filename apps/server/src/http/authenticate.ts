import { errors } from '@guildhall/kernel';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../domain/access/index.ts';
import type { Context } from '../domain/context/index.ts';
import { authenticateKey, authenticateSignature, authenticateToken } from '../domain/identity/index.ts';

const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * Headers → principal; undefined when the request carries no credential. Throws `unauthorized` and its kin. Accepted on
 * every door alike: `Bearer <key>`, `Bearer <first-party JWT>`, `X-Agent-Api-Key`, and the three signature headers.
 */
export async function authenticate(
  context: Context,
  request: FastifyRequest,
  jwtSecret: string | undefined,
): Promise<Principal | undefined> {
  const { headers } = request;
  const authorization = headers.authorization;
  // Clients that sign or bring an agent's key send a Bearer with nothing in it.
  const isEmpty = /^Bearer *$/i.test(authorization ?? '');
  const hasOther = headers['x-agent-api-key'] !== undefined || headers['x-signature'] !== undefined;
  if (authorization !== undefined && !(isEmpty && hasOther)) {
    const bearer = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    if (bearer === undefined) throw errors.unauthorized('The Authorization header must be "Bearer <key>".');
    if (!JWT.test(bearer)) return authenticateKey(context, bearer);
    if (jwtSecret === undefined)
      throw errors.unauthorized('First-party tokens are not accepted here: JWT_SECRET is not set.');
    return authenticateToken(context, bearer, jwtSecret);
  }
  const agentKey = headers['x-agent-api-key'];
  if (typeof agentKey === 'string') return authenticateKey(context, agentKey);
  const agentId = headers['x-agent-id'];
  const timestamp = headers['x-timestamp'];
  const signature = headers['x-signature'];
  if (agentId === undefined && signature === undefined) return undefined;
  if (typeof agentId !== 'string' || typeof timestamp !== 'string' || typeof signature !== 'string') {
    throw errors.unauthorized('A signed request carries X-Agent-Id, X-Timestamp and X-Signature.');
  }
  return authenticateSignature(context, {
    agentId,
    timestamp,
    signature,
    method: request.method,
    url: request.raw.url ?? '',
  });
}
