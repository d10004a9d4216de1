export { BrowserSession } from './browser/browser-session.ts';
export { browserTools } from './browser/browser-tools.ts';
export { clipResult } from './dispatch/clip-result.ts';
export { type CheckedCall, type Desk, Dispatcher, type Permission } from './dispatch/dispatcher.ts';
export {
  defineTool,
  type Tool,
  type ToolAnswer,
  type ToolBox,
  type ToolRisk,
  type ToolSpec,
} from './dispatch/tool.ts';
export type {
  AgentNote,
  AgentSelf,
  AgentSkill,
  Driver,
  OwnCall,
  PastMessage,
  Turn,
  TurnCause,
  TurnHost,
  TurnOutcome,
} from './driver.ts';
export type { Journal, JournalNote, ModelStep, Usage } from './journal.ts';
export type { McpServers, McpServersOptions } from './mcp/mcp-servers.ts';
export type { McpServerSettings } from './mcp/server-settings.ts';
export { CredentialPool, type ModelCredential } from './model/credential-pool.ts';
export { endingTools } from './model/end-of-turn.ts';
export { modelDriver } from './model/model-driver.ts';
export {
  isModelProvider,
  type ModelProvider,
  type ModelRef,
  modelName,
  modelProviders,
  type TierTable,
} from './model/model-ref.ts';
export { type ModelPing, ModelSource } from './model/model-source.ts';
export { estimateTokens } from './model/transcript.ts';
export { claudeCodeDriver } from './programs/claude-code/claude-code-driver.ts';
export type { ClaudeCodeOptions } from './programs/claude-code/claude-turn.ts';
export { findProgram, type ProgramStatus } from './programs/find-program.ts';
export { type LentCredential, lendCredential } from './programs/model-gateway.ts';
export { openClawDriver } from './programs/openclaw/openclaw-driver.ts';
export type { OpenClawOptions } from './programs/openclaw/openclaw-turn.ts';
export type { ProgramHost, ProgramSpec, RunningProgram } from './programs/program-host.ts';
export { reflexDriver } from './reflex/reflex-driver.ts';
export type { ProcessExit } from './sandbox/metered-process.ts';
export type { SandboxNetwork } from './sandbox/network.ts';
export type { ProcessUsage } from './sandbox/process-usage.ts';
export { type ProcessResources, ResourceGroup } from './sandbox/resource-group.ts';
export { ResourceGroups } from './sandbox/resource-groups.ts';
export type { ProcessResult } from './sandbox/run-process.ts';
export { openSandbox, type Sandbox, type SandboxCommand } from './sandbox/sandbox.ts';
export type { SandboxedProcess, SandboxProgram } from './sandbox/sandbox-program.ts';
export { type ShellOptions, shellTool } from './sandbox/shell-tool.ts';
export { type ToolCall, ToolError, type ToolName, type Tools } from './tools.ts';
export { type ParkReason, TurnFailure, type TurnFailureCode, TurnParked } from './turn-failure.ts';
export { EgressRefused, type EgressRules } from './web/egress.ts';
export type { EgressEntry } from './web/egress-gate.ts';
export { type EgressProxy, type EgressProxyOptions, openEgressProxy } from './web/egress-proxy.ts';
export { egressRequest, readBounded } from './web/egress-request.ts';
export { type FetchedPage, type FetchRules, fetchPage } from './web/fetch-page.ts';
export { webFetchTool } from './web/web-tools.ts';
export { Workspace } from './workspace/workspace.ts';
export { workspaceTools } from './workspace/workspace-tools.ts';
