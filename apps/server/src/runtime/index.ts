export { askOutsideWithin } from './ask-outside.ts';
export { McpPool } from './mcp-tools.ts';
export { houseProgramHost } from './program-host.ts';
export { DriveViews } from './run-sandbox.ts';
export { Supervisor, type SupervisorOptions } from './supervisor.ts';
export { XmtpBridge } from './xmtp-bridge.ts';
