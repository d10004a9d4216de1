import { errors } from '@guildhall/kernel';
import type { OrganizationRole, Principal } from './principal.ts';

export type Permission =
  | 'offices:read'
  | 'offices:write'
  | 'agents:read'
  | 'agents:write'
  | 'agents:hire'
  | 'approvals:decide'
  | 'tasks:read'
  | 'tasks:write'
  | 'tasks:decide'
  | 'files:read'
  | 'memory:read'
  | 'memory:write'
  | 'files:write'
  | 'chat:read'
  | 'chat:write'
  | 'credits:read'
  | 'credits:write'
  | 'events:read'
  | 'keys:write';

/** Where the thing lies that is asked for. */
export interface Place {
  organizationId: string;
  /** Absent for what belongs to the organisation as a whole. */
  officeId?: string;
  /** What the caller asked for, to word the refusal. */
  what: string;
  id: string;
}

const READ: Permission[] = [
  'offices:read',
  'agents:read',
  'tasks:read',
  'files:read',
  'memory:read',
  'chat:read',
  'credits:read',
  'events:read',
];
const WORK: Permission[] = [...READ, 'tasks:write', 'files:write', 'memory:write', 'chat:write'];
const MANAGE: Permission[] = [
  ...WORK,
  'tasks:decide',
  'agents:write',
  'agents:hire',
  'approvals:decide',
  'offices:write',
  'credits:write',
  'keys:write',
];

const OF_ROLE: Record<OrganizationRole, ReadonlySet<Permission>> = {
  owner: new Set(MANAGE),
  admin: new Set(MANAGE),
  member: new Set([...WORK, 'tasks:decide', 'approvals:decide']),
  viewer: new Set(READ),
};

/** What an agent may do in its own office: work, never raise its own rights or money. */
const OF_AGENT: ReadonlySet<Permission> = new Set(WORK);

/** The scopes that an organisation key may carry. */
export const scopesKnown: readonly string[] = [...MANAGE, '*'];

/**
 * The only place that answers "may this principal do that". Throws `not_found` when the principal may not even know
 * that the thing exists, `forbidden` or `insufficient_scope` when it may know but not do it, `unauthorized` without a credential.
 */
export function authorize(principal: Principal, permission: Permission, place: Place): void {
  switch (principal.kind) {
    case 'system':
      return;
    case 'anonymous':
      throw errors.unauthorized('This needs a credential.');
    case 'user': {
      const membership = principal.organizations.find((organization) => organization.id === place.organizationId);
      if (membership === undefined) throw errors.notFound(place.what, place.id);
      if (!OF_ROLE[membership.role].has(permission)) throw errors.forbidden(permission);
      return;
    }
    case 'agent': {
      const isHome = principal.organizationId === place.organizationId && principal.officeId === place.officeId;
      if (!isHome) throw errors.notFound(place.what, place.id);
      const allowed = OF_AGENT.has(permission) || (permission === 'agents:hire' && principal.mayHire);
      if (!allowed) throw errors.forbidden(permission);
      return;
    }
    case 'organization_key': {
      if (principal.organizationId !== place.organizationId) throw errors.notFound(place.what, place.id);
      if (!principal.scopes.includes('*') && !principal.scopes.includes(permission))
        throw errors.insufficientScope(permission);
      return;
    }
    case 'order': {
      if (principal.officeId !== place.officeId) throw errors.notFound(place.what, place.id);
      if (!OF_AGENT.has(permission)) throw errors.forbidden(permission);
      return;
    }
  }
}
