export { authorize, type Permission, type Place, scopesKnown } from './authorize.ts';
export {
  type AgentPrincipal,
  actorOf,
  type OrganizationRole,
  type Principal,
  principalKey,
  type UserPrincipal,
} from './principal.ts';
