import { errors } from '@guildhall/kernel';
import type { AgentPrincipal, OrganizationRole, Principal } from './principal.ts';

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
  | 'keys:write'
  /** The values of environments and secrets; their names are no secret. */
  | 'secrets:read'
  | 'secrets:write';

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
  'secrets:read',
  'secrets:write',
];

const OF_ROLE: Record<OrganizationRole, ReadonlySet<Permission>> = {
  owner: new Set(MANAGE),
  admin: new Set(MANAGE),
  member: new Set([...WORK, 'tasks:decide', 'approvals:decide']),
  viewer: new Set(READ),
};

/** What an agent may do in its own office: work, never raise its own rights or money. */
const OF_AGENT: ReadonlySet<Permission> = new Set(WORK);

/**
 * What may be delegated to an agent. Not what would let it give itself more: keys, secrets, money, the office's settings, and
 * decisions that are asked of people.
 */
export const delegatable: readonly Permission[] = [...WORK, 'agents:hire', 'agents:write'];

export interface Role {
  name: string;
  description: string;
  permissions: readonly Permission[];
}

/** The sets of permissions that members and agents have. `authorize` goes by the same sets. */
export const roles: readonly Role[] = [
  { name: 'owner', description: 'Whose organisation it is.', permissions: [...OF_ROLE.owner] },
  { name: 'admin', description: 'May do what the owner may.', permissions: [...OF_ROLE.admin] },
  { name: 'member', description: 'Works, decides on tasks and approvals.', permissions: [...OF_ROLE.member] },
  { name: 'viewer', description: 'Sees everything and changes nothing.', permissions: [...OF_ROLE.viewer] },
  { name: 'agent', description: 'Works in its own office.', permissions: [...OF_AGENT] },
];

/** What a principal may do in an office. */
export function permissionsIn(principal: Principal, place: { organizationId: string; officeId: string }): Permission[] {
  return MANAGE.filter((permission) => {
    try {
      authorize(principal, permission, { ...place, what: 'office', id: place.officeId });
      return true;
    } catch {
      return false;
    }
  });
}

/** An agent's own rights, with what its office and whoever delegated to it added. */
function permissionsOf(agent: AgentPrincipal): ReadonlySet<string> {
  if (!agent.mayHire && agent.delegated.length === 0) return OF_AGENT;
  return new Set([...OF_AGENT, ...(agent.mayHire ? ['agents:hire'] : []), ...agent.delegated]);
}

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
      if (!permissionsOf(principal).has(permission)) throw errors.forbidden(permission);
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
