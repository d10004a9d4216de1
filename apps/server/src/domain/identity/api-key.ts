import { errors, newId, newSecret, sha256Hex } from '@guildhall/kernel';
import type { Selectable } from 'kysely';
import type { ApiKeyRow } from '../../schema/index.ts';
import { authorize, type Permission, scopesKnown } from '../access/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import type { KeyFamily } from './authenticate-key.ts';
import type { User } from './user-store.ts';

/** The prefix tells secret scanners what they found, and the server where to look. */
const PREFIX: Record<KeyFamily, string> = {
  user: 'mi_',
  agent: 'mia_',
  dashboard: 'sk_live_',
  order: 'osk_',
  organization_live: 'osk_live_',
  organization_test: 'osk_test_',
};

export type ApiKey = Omit<Selectable<ApiKeyRow>, 'hash'>;

export interface IssueKeyInput {
  family: KeyFamily;
  name: string;
  organizationId: string;
  userId?: string;
  agentId?: string;
  orderId?: string;
  /** Organisation keys only. */
  scopes?: string[];
  expiresAt?: number;
}

export interface IssuedKey {
  id: string;
  /** Shown once: only its hash is kept. */
  key: string;
  prefix: string;
}

/** Issues a key. The caller must hold `keys:write`, and a key never carries a scope that its maker lacks. */
export async function issueKey(context: Context, input: IssueKeyInput): Promise<IssuedKey> {
  const place = { organizationId: input.organizationId, what: 'organization', id: input.organizationId };
  authorize(context.principal, 'keys:write', place);
  for (const scope of input.scopes ?? []) {
    if (!scopesKnown.includes(scope))
      throw errors.validationFailed('scopes', `"${scope}" is not a scope`, `Use some of: ${scopesKnown.join(', ')}.`);
    if (scope !== '*') authorize(context.principal, scope as Permission, place);
    else if (context.principal.kind === 'organization_key' && !context.principal.scopes.includes('*'))
      throw errors.insufficientScope('*');
  }
  const key = newSecret(PREFIX[input.family]);
  return inTransaction(context, async (tx) => {
    const row = keyRow(tx.house.clock.now(), key, input);
    await tx.db.insertInto('api_keys').values(row).execute();
    record(tx, {
      organizationId: input.organizationId,
      type: 'key.issued',
      subjectId: row.id,
      data: { family: input.family, name: input.name, prefix: row.prefix, scopes: row.scopes },
    });
    return { id: row.id, key, prefix: row.prefix };
  });
}

/** The keys of an organisation, newest first, without anything secret. */
export async function listKeys(context: Context, organizationId: string, limit: number): Promise<ApiKey[]> {
  authorize(context.principal, 'keys:write', { organizationId, what: 'organization', id: organizationId });
  return context.db
    .selectFrom('api_keys')
    .select([
      'id',
      'family',
      'prefix',
      'name',
      'user_id',
      'organization_id',
      'agent_id',
      'order_id',
      'scopes',
      'created_at',
      'expires_at',
      'revoked_at',
    ])
    .where('organization_id', '=', organizationId)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

/** Ends a key at once. Revoking a revoked key changes nothing. */
export async function revokeKey(context: Context, keyId: string): Promise<void> {
  await inTransaction(context, async (tx) => {
    const key = await tx.db.selectFrom('api_keys').selectAll().where('id', '=', keyId).executeTakeFirst();
    if (key?.organization_id == null) throw errors.notFound('key', keyId);
    authorize(tx.principal, 'keys:write', { organizationId: key.organization_id, what: 'key', id: keyId });
    if (key.revoked_at !== null) return;
    await tx.db.updateTable('api_keys').set({ revoked_at: tx.house.clock.now() }).where('id', '=', keyId).execute();
    record(tx, {
      organizationId: key.organization_id,
      type: 'key.revoked',
      subjectId: keyId,
      data: { prefix: key.prefix },
    });
  });
}

/** Keeps a key that came from outside (`GUILDHALL_OWNER_KEY`). Returns whether it was new. */
export async function storeGivenKey(context: Context, user: User, key: string, name: string): Promise<boolean> {
  const membership = await context.db
    .selectFrom('memberships')
    .select('organization_id')
    .where('user_id', '=', user.id)
    .where('role', '=', 'owner')
    .executeTakeFirstOrThrow();
  const input: IssueKeyInput = { family: 'user', name, organizationId: membership.organization_id, userId: user.id };
  const inserted = await context.db
    .insertInto('api_keys')
    .values(keyRow(context.house.clock.now(), key, input))
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted === undefined) return false;
  record(context, {
    organizationId: membership.organization_id,
    type: 'key.issued',
    subjectId: inserted.id,
    data: { family: 'user', name },
  });
  return true;
}

function keyRow(now: number, key: string, input: IssueKeyInput) {
  return {
    id: newId(),
    family: input.family,
    hash: sha256Hex(key),
    prefix: key.slice(0, PREFIX[input.family].length + 6),
    name: input.name,
    user_id: input.userId ?? null,
    organization_id: input.organizationId,
    agent_id: input.agentId ?? null,
    order_id: input.orderId ?? null,
    scopes: input.scopes ?? [],
    created_at: now,
    expires_at: input.expiresAt ?? null,
    revoked_at: null,
  };
}
