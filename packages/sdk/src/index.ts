export { AgentsAPI } from './api/agents.ts';
export { ApprovalsAPI } from './api/approvals.ts';
export { CallbacksAPI } from './api/callbacks.ts';
export { CortexAgent, CortexAPI } from './api/cortex.ts';
export { CreditsAPI } from './api/credits.ts';
export { DashboardAPI } from './api/dashboard.ts';
export { EmployeesAPI } from './api/employees.ts';
export { EnvAPI } from './api/env.ts';
export { type EventStreamOptions, EventsAPI } from './api/events.ts';
export { FilesAPI } from './api/files.ts';
export { HouseAPI } from './api/house.ts';
export { IntegrationsAPI } from './api/integrations.ts';
export { InvitesAPI } from './api/invites.ts';
export { LLMPingAPI } from './api/llm-ping.ts';
export { MessagesAPI } from './api/messages.ts';
export { OfficesAPI } from './api/offices.ts';
export { CapabilitiesAPI, DelegatesAPI, RolesAPI } from './api/rights.ts';
export { RunsAPI } from './api/runs.ts';
export { SchedulesAPI } from './api/schedules.ts';
export { TasksAPI } from './api/tasks.ts';
export { XMTPAPI } from './api/xmtp.ts';
export { authorizationHeader, generateJWT, type JWTPayload, verifyJWT } from './auth/jwt.ts';
export { Keystore, type KeystoreConfig } from './auth/keystore.ts';
export {
  generateKeyPair,
  type KeyPair,
  publicKeyFromPrivate,
  type SignedHeaders,
  signRequest,
  verifySignature,
} from './auth/secp256k1.ts';
export { ENDPOINT_DEFAULT, MitosisClient, MitosisClient as OS1AdminClient } from './client.ts';
export type { AgentAuthConfig, ClientConfig, JWTAuthConfig } from './client-config.ts';
export { OS1Error } from './errors.ts';
export { type CreateOptions, type RequestOptions, type ServerSentEvent, Transport } from './transport.ts';
export type * from './types.ts';
export { XMTPChannel } from './xmtp/channel.ts';
export { type SessionNegotiation, XMTPSession } from './xmtp/session.ts';
