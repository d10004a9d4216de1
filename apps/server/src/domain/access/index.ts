export {
  authorize,
  delegatable,
  type Permission,
  type Place,
  permissionsIn,
  type Role,
  roles,
  scopesKnown,
} from './authorize.ts';
export {
  type AgentPrincipal,
  actorOf,
  type OrganizationRole,
  type Principal,
  principalKey,
  principalName,
  type UserPrincipal,
} from './principal.ts';
