import { randomInt } from 'node:crypto';
import { decodeCursor, errors, newId, type Page, type PageRequest, pageOf, sha256Hex } from '@guildhall/kernel';
import type { Selectable } from 'kysely';
import type { InviteRow } from '../../schema/index.ts';
import { actorOf } from '../access/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { loadOffice } from '../offices/index.ts';

export type Invite = Omit<Selectable<InviteRow>, 'code_hash'>;

/** Letters and digits that nobody takes for one another (spec: mitosis.md 3.5). */
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const CODE_CHARS = 6;
const EXPIRES_DEFAULT_MS = 7 * 86_400_000;

export interface IssuedInvite {
  invite: Invite;
  /** Shown once: only its hash is kept. */
  code: string;
}

/**
 * Makes a code by which one agent may join, or one person: who invites an agent is who could hire it, who lets a person into the
 * organisation is who may give out keys. Agents do not invite.
 */
export async function createInvite(
  context: Context,
  officeId: string,
  input: { label?: string | undefined; expiresInMs?: number | undefined; kind?: 'agent' | 'human' | undefined },
): Promise<IssuedInvite> {
  const code = Array.from({ length: CODE_CHARS }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'agents:hire');
    if (input.kind === 'human') await loadOffice(tx, officeId, 'keys:write');
    if (tx.principal.kind === 'agent') throw errors.forbidden('agents:hire by invite');
    const now = tx.house.clock.now();
    const { kind, id } = actorOf(tx.principal);
    const { code_hash: _hash, ...invite } = await tx.db
      .insertInto('invites')
      .values({
        id: newId(),
        organization_id: office.organization_id,
        office_id: office.id,
        kind: input.kind ?? 'agent',
        code_hash: hashOf(code),
        label: input.label ?? '',
        created_by: `${kind}:${id}`,
        created_at: now,
        expires_at: now + (input.expiresInMs ?? EXPIRES_DEFAULT_MS),
        used_at: null,
        used_by: null,
        revoked_at: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      type: 'invite.created',
      subjectId: invite.id,
      data: { label: invite.label, kind: invite.kind, expires_at: invite.expires_at },
    });
    return { invite, code };
  });
}

/** The invites of an office, newest first, without their codes. */
export async function listInvites(context: Context, officeId: string, page: PageRequest): Promise<Page<Invite>> {
  const office = await loadOffice(context, officeId, 'agents:hire');
  let query = context.db
    .selectFrom('invites')
    .select([
      'id',
      'organization_id',
      'office_id',
      'kind',
      'label',
      'created_by',
      'created_at',
      'expires_at',
      'used_at',
      'used_by',
      'revoked_at',
    ])
    .where('office_id', '=', office.id)
    .orderBy('id', 'desc')
    .limit(page.limit + 1);
  if (page.cursor !== undefined) query = query.where('id', '<', decodeCursor(page.cursor, 'string')[0]);
  return pageOf(await query.execute(), page.limit, ({ id }) => [id]);
}

/** Ends an invite that nobody used. */
export async function revokeInvite(context: Context, officeId: string, inviteId: string): Promise<void> {
  await inTransaction(context, async (tx) => {
    const office = await loadOffice(tx, officeId, 'agents:hire');
    if (tx.principal.kind === 'agent') throw errors.forbidden('agents:hire by invite');
    const revoked = await tx.db
      .updateTable('invites')
      .set({ revoked_at: tx.house.clock.now() })
      .where('id', '=', inviteId)
      .where('office_id', '=', office.id)
      .where('used_at', 'is', null)
      .where('revoked_at', 'is', null)
      .returning('id')
      .executeTakeFirst();
    if (revoked === undefined) throw errors.notFound('invite', inviteId);
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      type: 'invite.revoked',
      subjectId: inviteId,
      data: {},
    });
  });
}

/** As people type it: in any case, with spaces, or at the end of an address. */
export function hashOf(code: string): string {
  const last = code.trim().replace(/\/+$/, '').split('/').at(-1) ?? '';
  return sha256Hex(last.toUpperCase().replaceAll(/[\s-]/g, ''));
}
