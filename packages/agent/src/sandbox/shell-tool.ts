import Type from 'typebox';
import { defineTool, type Tool } from '../dispatch/tool.ts';
import { ToolError } from '../tools.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { Sandbox } from './sandbox.ts';

const SECONDS_DEFAULT = 60;
const SECONDS_MAX = 600;

/** A command in the workspace. Without a sandbox it could reach whatever the server can, so then a person is asked. */
export function shellTool<Scope>(sandbox: Sandbox, workspace: Workspace): Tool<Scope> {
  return defineTool({
    name: 'shell',
    description:
      sandbox.kind === 'bubblewrap'
        ? 'Run a shell command in your workspace (/workspace). No network; nothing outside can be written.'
        : 'Run a shell command in your workspace. A person has to allow each.',
    risk: sandbox.kind === 'bubblewrap' ? 'local' : 'outward',
    input: Type.Object({
      command: Type.String({ minLength: 1, maxLength: 20_000 }),
      timeout_seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: SECONDS_MAX })),
    }),
    run: async ({ command, timeout_seconds = SECONDS_DEFAULT }, { signal }) => {
      const timeoutMs = timeout_seconds * 1_000;
      const result = await sandbox.run({ command, workspace: workspace.root, timeoutMs, signal });
      if (result.endedBy === 'stopped') throw new ToolError('shell', 'The command was stopped.');
      return {
        exit_code: result.exitCode,
        output: result.output,
        duration_ms: result.durationMs,
        ...(result.endedBy === 'timeout' ? { timed_out_after_seconds: timeout_seconds } : {}),
      };
    },
  });
}
