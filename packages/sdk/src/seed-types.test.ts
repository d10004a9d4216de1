import { expect, expectTypeOf, it } from 'vitest';
import type * as ours from './index.ts';
import type * as types from './types.ts';

/**
 * The types of the seed (mitosis-sdk-reference 9), as a program that was written for it knows them: what is answered here fits them,
 * and what it sends fits ours. The compiler is the judge; this file fails the check when they part.
 */
interface SeedOffice {
  id: string;
  name: string;
  owner_id: string;
  created_at: string;
  settings?: Record<string, unknown>;
  existing?: boolean;
}
interface SeedComponentStatus {
  ready: boolean;
  message?: string;
}
interface SeedClusterStatus {
  phase: 'ready' | 'degraded' | 'failed' | 'provisioning';
  operator: SeedComponentStatus;
  ingress: SeedComponentStatus;
  ingressEndpoint?: string;
  message?: string;
}
interface SeedEmployeeStatus {
  phase: string;
  ready: boolean;
  gatewayEndpoint?: string;
  accessUrl?: string;
  accessToken?: string;
  lastSeen?: string;
  message?: string;
}
interface SeedConfiguration {
  role?: string;
  skills?: string[];
  channels?: { whatsapp?: object; discord?: object; telegram?: object; signal?: object; xmtp?: object };
  resources?: { cpuRequest?: string; cpuLimit?: string; memoryRequest?: string; memoryLimit?: string };
  storage?: string;
  selfConfigure?: boolean;
  autoUpdate?: boolean;
  chromium?: boolean;
  webTerminal?: boolean;
  imageTag?: string;
  systemPrompt?: string;
  env?: Record<string, string>;
  envSecrets?: string[];
  customConfig?: Record<string, unknown>;
}
interface SeedEmployee extends Pick<SeedConfiguration, 'role' | 'systemPrompt'> {
  name: string;
  modelTier: string;
  modelProvider: string;
  status: SeedEmployeeStatus;
}
interface SeedUpdateEmployeeRequest extends SeedConfiguration {
  modelTier?: string;
  botId?: string;
  bedrockCredentials?: { accessKeyId: string; secretAccessKey: string; region: string };
  restoreFromBackup?: string;
}
interface SeedHireRequest extends SeedUpdateEmployeeRequest {
  name: string;
  agentKit?: {
    enabled?: boolean;
    taskQueue?: string;
    disableTaskQueue?: boolean;
    neonSecret?: string;
    owner?: { name?: string; phone?: string; email?: string; context?: string };
    personality?: string;
  };
}
interface SeedTask {
  id: string;
  office_id: string;
  title: string;
  description?: string;
  kind?: string;
  priority?: number;
  status: string;
  assigned_to?: string;
  created_at: string;
  completed_at?: string;
}
interface SeedActivityEvent {
  id: string;
  category: 'task' | 'message' | 'standup' | 'session' | 'xmtp' | 'lifecycle' | 'chat' | 'terminal';
  type: string;
  summary: string;
  timestamp: string;
  metadata?: Record<string, unknown>;
}

it('answers fit the types of the seed', () => {
  expectTypeOf<types.Office>().toExtend<SeedOffice>();
  expectTypeOf<types.ClusterStatus>().toExtend<SeedClusterStatus>();
  expectTypeOf<types.ComponentStatus>().toExtend<SeedComponentStatus>();
  expectTypeOf<types.Employee>().toExtend<SeedEmployee>();
  expectTypeOf<types.EmployeeStatus>().toExtend<SeedEmployeeStatus>();
  expectTypeOf<types.EmployeeLogs>().toExtend<{ logs: string; pod: string }>();
  expectTypeOf<types.Task>().toExtend<SeedTask>();
  expectTypeOf<types.TaskSummary>().toExtend<SeedTask>();
  type SeedStats = { total: number; queued: number; running: number; completed: number; failed: number };
  expectTypeOf<types.TaskStats>().toExtend<SeedStats>();
  expectTypeOf<types.FileInfo>().toExtend<{ name: string; size: number; modifiedAt: string }>();
  expectTypeOf<types.FileChange>().toExtend<{ type: 'upload' | 'delete'; name: string; timestamp: number }>();
  expectTypeOf<types.FileChangesResponse>().toExtend<{
    events: types.FileChange[];
    serverTime: number;
    full_refresh?: boolean;
  }>();
  expectTypeOf<types.FilePermission>().toExtend<{ agent_name: string; access: 'none' | 'read' | 'write' }>();
  expectTypeOf<types.CreditBalance>().toExtend<{ office_id: string; balance: number }>();
  expectTypeOf<types.CreditHistoryEntry>().toExtend<{
    id: string;
    office_id: string;
    amount: number;
    balance_after: number;
    reason: string;
    created_at: string;
  }>();
  type SeedUsage = { cpu_core_hours: number; memory_gib_hours: number; total_credits: number; pods: unknown[] };
  expectTypeOf<types.UsageSummary>().toExtend<SeedUsage>();
  type SeedLlmUsage = { total_tokens: number; total_cost: number; total_credits: number; agents: unknown[] };
  expectTypeOf<types.LLMUsageSummary>().toExtend<SeedLlmUsage>();
  expectTypeOf<types.Quota>().toExtend<{ cpu: number; memory: number; pods: number; tier: string }>();
  expectTypeOf<types.XMTPConversation>().toExtend<{
    id: string;
    peer: string;
    last_message?: string;
    last_message_at?: string;
  }>();
  expectTypeOf<types.XMTPGroup>().toExtend<{
    id: string;
    name?: string;
    members: string[];
    created_at: string;
  }>();
  expectTypeOf<types.XMTPMessage>().toExtend<{ id: string; from_agent: string; content: string; created_at: string }>();
  expectTypeOf<ours.SessionNegotiation>().toExtend<{
    sessionId: string;
    officeId: string;
    agentName: string;
    conversationId: string;
    capabilities?: string[];
    startedAt: string;
  }>();
  expectTypeOf<types.ActivityEvent>().toExtend<SeedActivityEvent>();
  expectTypeOf<types.ChatSession>().toExtend<{ session_key: string; started_at: string; messages: number }>();
  expectTypeOf<types.ModelInfo>().toExtend<{ provider: string; model_id: string; name: string; available: boolean }>();
  expectTypeOf<types.IntegrationSecret>().toExtend<{ provider: string; has_key: boolean; updated_at?: string }>();
  expectTypeOf<types.Delegate>().toExtend<{ agent_id: string; permissions: string[]; created_at: string }>();
  expectTypeOf<types.PoolStats>().toExtend<{ active: number; idle: number }>();
  expectTypeOf<types.Role>().toExtend<{ name: string; permissions: string[] }>();
  expectTypeOf<types.PingResult>().toExtend<{ model: string; latency_ms: number; success: boolean; error?: string }>();
  expectTypeOf<types.PodCallback>().toExtend<{ id: string; type: string; payload: unknown; created_at: string }>();
  expectTypeOf<types.EnvVar>().toExtend<{ key: string; value?: string; source?: string }>();
  expectTypeOf<ours.OS1Error>().toExtend<Error & { status: number; code?: string | undefined }>();
  expectTypeOf<types.APIError>().toExtend<{ status: number; message: string; code?: string }>();
  expect.assertions(0);
});

it('what a program written for the seed sends fits ours', () => {
  expectTypeOf<{ name: string; owner_id?: string; forceCreate?: boolean }>().toExtend<types.CreateOfficeRequest>();
  expectTypeOf<SeedHireRequest>().toExtend<types.HireRequest>();
  expectTypeOf<SeedUpdateEmployeeRequest>().toExtend<types.UpdateEmployeeRequest>();
  expectTypeOf<{
    modelTier: string;
    provider?: string;
    resources?: NonNullable<SeedConfiguration['resources']>;
  }>().toExtend<types.PromoteRequest>();
  expectTypeOf<{ add?: string[]; remove?: string[] }>().toExtend<types.SkillsRequest>();
  type SeedAction = { action: types.EmployeeAction['action']; params?: Record<string, unknown> };
  expectTypeOf<SeedAction>().toExtend<types.EmployeeAction>();
  expectTypeOf<{
    title: string;
    description?: string;
    kind?: string;
    priority?: number;
    assigned_to?: string;
  }>().toExtend<types.CreateTaskRequest>();
  expectTypeOf<{ amount: number; reason: string }>().toExtend<types.AddCreditsRequest>();
  expectTypeOf<{ tier: string; cpu?: number; memory?: number; pods?: number }>().toExtend<types.SetQuotaRequest>();
  expectTypeOf<{ agent_id: string; content: string }>().toExtend<types.SendXMTPMessageRequest>();
  expectTypeOf<{ name?: string; members: string[] }>().toExtend<types.CreateGroupRequest>();
  expectTypeOf<{
    limit?: number;
    offset?: number;
    category?: string;
    since?: string;
  }>().toExtend<types.ActivityQuery>();
  expectTypeOf<{ provider: string; key: string }>().toExtend<types.SetSecretRequest>();
  expectTypeOf<{ permissions: string[] }>().toExtend<types.CreateDelegateRequest>();
  expectTypeOf<{ to: string; content: string }>().toExtend<types.SendMessageRequest>();
  expectTypeOf<{ type: string; payload?: Record<string, unknown> }>().toExtend<types.PodEventRequest>();
  expectTypeOf<{ key: string; value: string }>().toExtend<types.SetEnvRequest>();
  expectTypeOf<{ jwtSecret: string; userId?: string }>().toExtend<ours.JWTAuthConfig>();
  expectTypeOf<{ agentId: string; signingKey: Uint8Array }>().toExtend<ours.AgentAuthConfig>();
  expectTypeOf<{ endpoint: string; timeout?: number; dashboardEndpoint?: string }>().toExtend<ours.ClientConfig>();
  expectTypeOf<{ data: string[]; total?: number }>().toExtend<types.Paginated<string>>();
  expect.assertions(0);
});
