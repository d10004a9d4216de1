export { type AgentState, agentState, reservedNames } from './agent.ts';
export { agentPrincipal } from './agent-principal.ts';
export {
  type Agent,
  findAgentByName,
  listAgents,
  listOrganizationAgents,
  loadAgent,
  loadOrganizationAgent,
} from './agent-store.ts';
export { fireAgent, type HireInput, hireAgent, type UpdateAgentInput, updateAgent } from './hire.ts';
export { restartAgent, startAgent, stopAgent } from './lifecycle.ts';
export { noteAgentError, type Presence, presenceOf, touchAgent } from './presence.ts';
