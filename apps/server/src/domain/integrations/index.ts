export { callIntegration, type IntegrationCall } from './call.ts';
export {
  type AgentIntegration,
  agentIntegrations,
  deleteIntegrationSecret,
  enabledCredentials,
  hasCredential,
  type IntegrationStatus,
  integrationStatuses,
  listIntegrations,
  type OfficeIntegration,
  reportIntegration,
  setIntegrationSecret,
  switchIntegration,
  syncClaudeCodeKey,
} from './integration.ts';
export { officeModelKeys } from './model-keys.ts';
export { knownIntegration } from './registry.ts';
