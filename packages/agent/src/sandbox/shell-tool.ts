import Type from 'typebox';
import { defineTool, type Tool } from '../dispatch/tool.ts';
import { ToolError } from '../tools.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { SandboxNetwork } from './network.ts';
import type { ProcessUsage } from './process-usage.ts';
import type { BoundPassed } from './resource-group.ts';
import type { ProcessResult } from './run-process.ts';
import type { Sandbox } from './sandbox.ts';

const SECONDS_DEFAULT = 60;
const SECONDS_MAX = 600;

/** What the commands of one shell may reach and see, and who counts them. */
export interface ShellOptions {
  /** Absent: none. */
  network?: SandboxNetwork;
  /** Further folders or files, to be read only: host path → path inside. */
  readOnly?: Readonly<Record<string, string>>;
  /** Hears what each command has used, those too that were stopped. */
  onUsage?: (usage: ProcessUsage) => void;
}

/** A command in the workspace. Without a sandbox it could reach whatever the server can, so then a person is asked. */
export function shellTool<Scope>(sandbox: Sandbox, workspace: Workspace, options: ShellOptions = {}): Tool<Scope> {
  const { network = { kind: 'off' }, readOnly = {}, onUsage } = options;
  const isHeld = sandbox.kind === 'bubblewrap' && network.kind !== 'open';
  return defineTool({
    name: 'shell',
    description:
      sandbox.kind === 'bubblewrap'
        ? `Run a shell command in your workspace (/workspace). ${describeReach(network, readOnly)}`
        : 'Run a shell command in your workspace. A person has to allow each.',
    risk: isHeld ? 'local' : 'outward',
    input: Type.Object({
      command: Type.String({ minLength: 1, maxLength: 20_000 }),
      timeout_seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: SECONDS_MAX })),
    }),
    run: async ({ command, timeout_seconds = SECONDS_DEFAULT }, { signal }) => {
      const timeoutMs = timeout_seconds * 1_000;
      const result = await sandbox.run({ command, workspace: workspace.root, network, readOnly, timeoutMs, signal });
      onUsage?.(result.usage);
      if (result.endedBy === 'stopped') throw new ToolError('shell', 'The command was stopped.');
      return {
        exit_code: result.exitCode,
        output: result.output,
        duration_ms: result.durationMs,
        usage: { cpu_ms: result.usage.cpuMs },
        ...(result.endedBy === 'timeout' ? { timed_out_after_seconds: timeout_seconds } : {}),
        ...(isPassed(result.endedBy) ? { killed_for: result.endedBy } : {}),
      };
    },
  });
}

function isPassed(endedBy: ProcessResult['endedBy']): endedBy is BoundPassed {
  return endedBy === 'too_many_processes' || endedBy === 'too_much_memory';
}

function describeReach(network: SandboxNetwork, readOnly: Readonly<Record<string, string>>): string {
  const reach = {
    off: 'No network; nothing outside can be written.',
    open: 'Nothing outside can be written.',
    proxy: 'Only http and https, through the proxy in HTTP_PROXY, to allowed hosts; nothing outside can be written.',
  }[network.kind];
  const folders = Object.values(readOnly);
  return folders.length === 0 ? reach : `${reach} To read: ${folders.join(', ')}.`;
}
