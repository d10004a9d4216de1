import type { ModelCredential } from '../../model/credential-pool.ts';
import { HOUSE_SERVER } from '../house-mcp.ts';
import { addressOf } from '../model-gateway.ts';
import type { ProgramSpec } from '../program-host.ts';

/** The tools of its own that the program keeps. */
const KEPT = ['Bash', 'Read', 'Write', 'Edit', 'MultiEdit', 'NotebookEdit', 'Glob', 'Grep', 'LS', 'TodoWrite'];
/**
 * What would go around the house: the web past its rules for addresses, agents and schedules that no run knows of, questions
 * to a person who is not there, work that outlives the turn.
 */
const DISALLOWED = [
  'WebFetch',
  'WebSearch',
  'Task',
  'Agent',
  'AskUserQuestion',
  'BashOutput',
  'KillShell',
  'SlashCommand',
  'Skill',
  'EnterPlanMode',
  'ExitPlanMode',
  'EnterWorktree',
  'ExitWorktree',
  'CronCreate',
  'CronDelete',
  'CronList',
  'ScheduleWakeup',
  'SendMessage',
  'Monitor',
  'Workflow',
];
/** The program allows some of its tools by itself; with this each call is asked about, so that the house's policy is whole. */
const SETTINGS = { permissions: { ask: KEPT } };
/** An argument may have 128 KiB on Linux; longer instructions go over the wire. */
const ARGUMENT_BYTES_MAX = 100_000;
const RETRIES_MAX = 2;

export interface ClaudeCommand {
  path: string;
  model: string;
  instructions: string;
  session: string | undefined;
  credential: ModelCredential;
}

/** Whether the instructions have to be sent when the program has started. */
export function isTooLongForArgument(instructions: string): boolean {
  return Buffer.byteLength(instructions) > ARGUMENT_BYTES_MAX;
}

/** How Claude Code is started. Settings of the machine and of the workspace are left out: an agent writes in the latter. */
export function claudeCommand({ path, model, instructions, session, credential }: ClaudeCommand): ProgramSpec {
  const servers = { mcpServers: { [HOUSE_SERVER]: { type: 'sdk', name: HOUSE_SERVER } } };
  return {
    file: path,
    args: [
      '-p',
      ...['--input-format', 'stream-json', '--output-format', 'stream-json', '--verbose', '--include-partial-messages'],
      ...['--model', model],
      ...(isTooLongForArgument(instructions) ? [] : ['--append-system-prompt', instructions]),
      ...['--mcp-config', JSON.stringify(servers), '--strict-mcp-config'],
      ...['--permission-mode', 'default', '--permission-prompt-tool', 'stdio'],
      ...['--tools', KEPT.join(','), '--disallowedTools', DISALLOWED.join(',')],
      // The dispatcher decides about these; the program need not ask before it calls them.
      ...['--allowedTools', `mcp__${HOUSE_SERVER}`],
      ...['--setting-sources', '', '--settings', JSON.stringify(SETTINGS)],
      ...(session === undefined ? [] : ['--resume', session]),
    ],
    reaches: [addressOf(credential)],
    environment: {
      ...credentialEnvironment(credential),
      // The house tries other credentials and other times itself.
      CLAUDE_CODE_MAX_RETRIES: String(RETRIES_MAX),
      // Its tool for finding tools is not kept: ours have to be there from the beginning.
      ENABLE_TOOL_SEARCH: 'false',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
      DISABLE_TELEMETRY: '1',
      DISABLE_ERROR_REPORTING: '1',
    },
  };
}

/** The program's shell inherits this: a host that lends its credentials gives nothing away with it. */
function credentialEnvironment({ secret, baseUrl }: ModelCredential): Record<string, string> {
  const name = secret.startsWith('sk-ant-oat') ? 'CLAUDE_CODE_OAUTH_TOKEN' : 'ANTHROPIC_API_KEY';
  return {
    [name]: secret,
    // The program adds the version to the path itself.
    ...(baseUrl === undefined ? {} : { ANTHROPIC_BASE_URL: baseUrl.replace(/\/v1$/, '') }),
  };
}
