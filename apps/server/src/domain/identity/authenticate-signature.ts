import { errors, GuildhallError, sha256Hex } from '@guildhall/kernel';
import type { AgentPrincipal } from '../access/index.ts';
import type { Context } from '../context/index.ts';
import { agentPrincipal } from './agent-principal.ts';
import { recoverPublicKeys, verifySignature } from './signature.ts';

const WINDOW_SECONDS = 60;
const CANDIDATES_MAX = 50;

/** The three headers, and the request line that was signed. */
export interface SignedRequest {
  agentId: string;
  timestamp: string;
  signature: string;
  method: string;
  /** Path with query string, exactly as sent. */
  url: string;
}

/**
 * Signed request → agent (seed: mitosis-sdk-reference 2.2). The agent is named by id, or by name; a name is looked for in
 * the office of the path, else everywhere, and the signature decides. A signature is accepted once.
 */
export async function authenticateSignature(context: Context, request: SignedRequest): Promise<AgentPrincipal> {
  if (!/^\d{1,12}$/.test(request.timestamp)) throw errors.unauthorized('X-Timestamp must be unix seconds.');
  const nowSeconds = context.house.clock.now() / 1000;
  if (Math.abs(nowSeconds - Number(request.timestamp)) > WINDOW_SECONDS) {
    throw new GuildhallError('signature_expired', {
      message: 'X-Timestamp is more than 60 seconds off the server clock.',
    });
  }
  const message = `${request.timestamp}\n${request.method.toUpperCase()}\n${request.url}`;
  for (const candidate of await keysOf(context, request, await recoverPublicKeys(message, request.signature))) {
    const canonical = await verifySignature(message, request.signature, candidate.public_key);
    if (canonical === undefined) continue;
    const principal = await agentPrincipal(context, candidate.agent_id);
    if (principal === undefined) break;
    await useOnce(context, sha256Hex(`${candidate.agent_id}\n${canonical}`));
    return principal;
  }
  throw errors.unauthorized('The signature does not fit the request and the key of the agent.');
}

async function keysOf(context: Context, request: SignedRequest, publicKeys: string[]) {
  const officeId = /\/offices\/([0-9a-f-]{36})(?:[/?]|$)/.exec(request.url)?.[1];
  let query = context.db
    .selectFrom('agents')
    .innerJoin('agent_keys', 'agent_keys.agent_id', 'agents.id')
    .select(['agent_keys.agent_id', 'agent_keys.public_key'])
    .where('agent_keys.public_key', 'in', [...publicKeys, ''])
    .where('agents.deleted_at', 'is', null)
    .where((expression) =>
      expression.or([
        expression('agent_keys.retired_at', 'is', null),
        expression('agent_keys.retired_at', '>', context.house.clock.now()),
      ]),
    )
    .where((expression) =>
      expression.or([expression('agents.id', '=', request.agentId), expression('agents.name', '=', request.agentId)]),
    )
    .limit(CANDIDATES_MAX);
  if (officeId !== undefined) query = query.where('agents.office_id', '=', officeId);
  return query.execute();
}

/** Kept until the window has passed on both sides; an index makes the second use fail in every process. */
async function useOnce(context: Context, digest: string): Promise<void> {
  const expires_at = context.house.clock.now() + 2 * WINDOW_SECONDS * 1000;
  const first = await context.db
    .insertInto('signature_uses')
    .values({ digest, expires_at })
    .onConflict((conflict) => conflict.column('digest').doNothing())
    .returning('digest')
    .executeTakeFirst();
  if (first === undefined)
    throw new GuildhallError('signature_replayed', { message: 'This signature was already used.' });
}
