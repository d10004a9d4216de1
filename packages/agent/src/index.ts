export type { AgentSelf, Driver, Turn, TurnCause, TurnOutcome } from './driver.ts';
export { reflexDriver } from './reflex/reflex-driver.ts';
export { type ToolCall, ToolError, type ToolName, type Tools } from './tools.ts';
