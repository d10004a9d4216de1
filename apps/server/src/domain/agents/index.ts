export { type AgentState, type RunMode, reservedNames, runModes } from './agent.ts';
export {
  type Agent,
  agentNames,
  findAgentByName,
  findOrganizationAgents,
  listAgents,
  listOrganizationAgents,
  loadAgent,
  loadOrganizationAgent,
  loadWorker,
  refuseArchived,
} from './agent-store.ts';
export { type AgentWork, agentWork } from './agent-work.ts';
export { fireAgent, type HireInput, hireAgent, type UpdateAgentInput, updateAgent } from './hire.ts';
export { archiveAgent, restartAgent, restoreAgent, startAgent, stopAgent } from './lifecycle.ts';
export { ensureOfficeGroup, OFFICE_GROUP_KEY } from './office-group.ts';
export { modelIntegrations, noteOfficeProviders, providersIn } from './office-providers.ts';
export { noteAgentError, noteHeartbeat, type Presence, presenceOf, touchAgent } from './presence.ts';
export { reportStatus } from './report.ts';
export { type AgentResources, resourcesOfAgent, resourcesOfServers } from './resources.ts';
export { type RotatedCredentials, rotateCredentials } from './rotate-credentials.ts';
export { setSkills, skillsIn } from './skills.ts';
