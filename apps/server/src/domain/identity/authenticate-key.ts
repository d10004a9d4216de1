import { errors, GuildhallError, sha256Hex } from '@guildhall/kernel';
import { prepareQuery } from '@guildhall/storage';
import type { Tables } from '../../schema/index.ts';
import type { OrganizationRole, Principal } from '../access/index.ts';
import type { Context } from '../context/index.ts';
import { agentPrincipal } from './agent-principal.ts';
import { findUser, principalOfUser } from './user-store.ts';

/**
 * Who may hold a key, and what it opens: `user` (`mi_`), `dashboard` (`sk_live_`, a user too), `agent` (`mia_`), `order`
 * (`osk_`, one server order), `organization_live`/`organization_test` (`osk_live_`/`osk_test_`, scoped).
 */
export type KeyFamily = 'user' | 'dashboard' | 'agent' | 'order' | 'organization_live' | 'organization_test';

const KEY_CHARS_MAX = 512;

/** The key with its user and the user's organisations: one row for each, since every request asks this. */
const selectKey = prepareQuery<Tables, { hash: string }>({ keptWhile: ['api_keys', 'users', 'memberships'] })(
  (db, parameter) =>
    db
      .selectFrom('api_keys')
      .leftJoin('users', 'users.id', 'api_keys.user_id')
      .leftJoin('memberships', 'memberships.user_id', 'users.id')
      .select([
        'api_keys.id',
        'api_keys.family',
        'api_keys.user_id',
        'api_keys.organization_id',
        'api_keys.agent_id',
        'api_keys.order_id',
        'api_keys.scopes',
        'api_keys.expires_at',
        'api_keys.revoked_at',
        'users.email',
        'users.name as user_name',
        'users.is_operator',
        'memberships.organization_id as member_of',
        'memberships.role',
      ])
      .where('api_keys.hash', '=', parameter('hash'))
      .orderBy('memberships.organization_id'),
);

/**
 * Key in clear → principal. The key is looked up by its SHA-256: of 256 random bits nothing can be learned from how long
 * the lookup takes. Throws `unauthorized`, `credential_expired`, `credential_revoked`.
 */
export async function authenticateKey(context: Context, key: string): Promise<Principal> {
  if (key.length > KEY_CHARS_MAX) throw errors.unauthorized('The key is not valid.');
  const rows = await selectKey(context.db, { hash: sha256Hex(key) });
  const [row] = rows;
  if (row === undefined) throw errors.unauthorized('The key is not valid.');
  if (row.revoked_at !== null) throw new GuildhallError('credential_revoked', { message: 'The key was revoked.' });
  if (row.expires_at !== null && row.expires_at <= context.house.clock.now()) {
    throw new GuildhallError('credential_expired', { message: 'The key has expired.' });
  }
  switch (row.family as KeyFamily) {
    case 'user':
    case 'dashboard': {
      if (row.user_id === null || row.email === null) break;
      return {
        kind: 'user',
        userId: row.user_id,
        email: row.email,
        name: row.user_name ?? '',
        isOperator: row.is_operator === true,
        organizations: rows.flatMap(({ member_of, role }) =>
          member_of === null ? [] : [{ id: member_of, role: role as OrganizationRole }],
        ),
        firstParty: false,
      };
    }
    case 'agent': {
      const principal = row.agent_id === null ? undefined : await agentPrincipal(context, row.agent_id);
      if (principal !== undefined) return principal;
      break;
    }
    case 'organization_live':
    case 'organization_test':
      if (row.organization_id !== null) {
        return { kind: 'organization_key', keyId: row.id, organizationId: row.organization_id, scopes: row.scopes };
      }
      break;
    case 'order': {
      if (row.order_id === null || row.organization_id === null) break;
      // An order's office is the one whose host is the order's server; an office of this machine has a secret of its own.
      const office = await context.db
        .selectFrom('offices')
        .select('id')
        .where(({ or, eb }) => or([eb('host', '=', row.order_id ?? ''), eb('id', '=', row.order_id ?? '')]))
        .where('organization_id', '=', row.organization_id)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      if (office !== undefined)
        return { kind: 'order', orderId: row.order_id, organizationId: row.organization_id, officeId: office.id };
      break;
    }
  }
  throw errors.unauthorized('The holder of the key no longer exists.');
}

/**
 * First-party HS256 token → the user it acts for (seed: mitosis-sdk-reference 2.1). `userId` is a user id, a mail address,
 * or empty or `admin-sdk` for the owner. Throws `unauthorized` or `credential_expired`.
 */
export async function authenticateToken(context: Context, token: string, secret: string): Promise<Principal> {
  const claims = await readClaims(token, secret, context.house.clock.now());
  const isOwner = claims.userId === '' || claims.userId === 'admin-sdk';
  const user = isOwner
    ? await context.db
        .selectFrom('users')
        .selectAll()
        .where('is_operator', '=', true)
        .orderBy('number')
        .limit(1)
        .executeTakeFirst()
    : await findUser(context, claims.userId);
  if (user === undefined) throw errors.unauthorized('The token names a user that does not exist.');
  return principalOfUser(context, user, true);
}

async function readClaims(token: string, secret: string, nowMs: number): Promise<{ userId: string }> {
  const { errors: joseErrors, jwtVerify } = await import('jose');
  try {
    const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), {
      algorithms: ['HS256'],
      currentDate: new Date(nowMs),
      requiredClaims: ['exp', 'iat'],
    });
    if (typeof payload.userId !== 'string')
      throw errors.unauthorized('The token must name its user in `userId`, as text.');
    return { userId: payload.userId };
  } catch (error) {
    if (error instanceof GuildhallError) throw error;
    if (error instanceof joseErrors.JWTExpired)
      throw new GuildhallError('credential_expired', { message: 'The token has expired.' });
    throw errors.unauthorized('The token is not valid.');
  }
}
