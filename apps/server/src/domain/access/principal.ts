export type OrganizationRole = 'owner' | 'admin' | 'member' | 'viewer';

export interface UserPrincipal {
  kind: 'user';
  userId: string;
  email: string;
  name: string;
  /** Runs this installation. */
  isOperator: boolean;
  organizations: { id: string; role: OrganizationRole }[];
  /** Came in with the first-party JWT: may act for any user, so it names the user it acts for. */
  firstParty: boolean;
}

export interface AgentPrincipal {
  kind: 'agent';
  agentId: string;
  name: string;
  officeId: string;
  organizationId: string;
  /** What the office allows its agents beyond the usual, read when the credential was checked. */
  mayHire: boolean;
  /** What somebody delegated to it beyond that. */
  delegated: readonly string[];
}

/** Who asks. Every kind of credential ends in one of these. */
export type Principal =
  | UserPrincipal
  | AgentPrincipal
  | { kind: 'organization_key'; keyId: string; organizationId: string; scopes: string[] }
  | { kind: 'order'; orderId: string; organizationId: string; officeId: string }
  | { kind: 'system' }
  | { kind: 'anonymous'; address: string };

/** Names the actor in events and in the audit chain. */
export function actorOf(principal: Principal): { kind: string; id: string } {
  switch (principal.kind) {
    case 'user':
      return { kind: 'user', id: principal.userId };
    case 'agent':
      return { kind: 'agent', id: principal.agentId };
    case 'organization_key':
      return { kind: 'organization_key', id: principal.keyId };
    case 'order':
      return { kind: 'order', id: principal.orderId };
    case 'system':
      return { kind: 'system', id: 'guildhall' };
    case 'anonymous':
      return { kind: 'anonymous', id: '' };
  }
}

/** The same principal has the same key on every request: idempotency and rate limits count by it. */
export function principalKey(principal: Principal): string {
  if (principal.kind === 'anonymous') return `anonymous:${principal.address}`;
  const { kind, id } = actorOf(principal);
  return `${kind}:${id}`;
}

/** A principal as people read it: an agent's name, a person's mail address. */
export function principalName(principal: Principal): string {
  if (principal.kind === 'agent') return principal.name;
  return principal.kind === 'user' ? principal.email : principal.kind;
}
