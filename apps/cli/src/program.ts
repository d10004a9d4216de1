import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { agentCommands } from './commands/agents.ts';
import { apiCommand } from './commands/api.ts';
import { approvalCommands } from './commands/approvals.ts';
import { attentionCommand } from './commands/attention.ts';
import { chatCommands } from './commands/chat.ts';
import { connectCommands } from './commands/connect.ts';
import { cortexCommands } from './commands/cortex.ts';
import { creditCommands } from './commands/credits.ts';
import { fileCommands } from './commands/files.ts';
import { inviteCommands } from './commands/invites.ts';
import { keyCommands } from './commands/keys.ts';
import { loginCommands } from './commands/login.ts';
import { officeCommands } from './commands/offices.ts';
import { pauseCommands } from './commands/pause.ts';
import { runCommands } from './commands/runs.ts';
import { scheduleCommands } from './commands/schedules.ts';
import { taskCommands } from './commands/tasks.ts';

/** The whole command line (seed: mitosis-sdk-reference 8). */
export function program(): Command {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const root = new Command('mi')
    .description('Offices of AI agents, from the command line.')
    .version(version)
    .showHelpAfterError('(add --help to see what it takes)')
    .exitOverride()
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 refused or failed, 2 wrong words, 3 not logged in or not allowed, 4 no server.',
    );
  for (const add of [
    loginCommands,
    officeCommands,
    agentCommands,
    taskCommands,
    runCommands,
    approvalCommands,
    attentionCommand,
    scheduleCommands,
    pauseCommands,
    fileCommands,
    inviteCommands,
    cortexCommands,
    connectCommands,
    creditCommands,
    chatCommands,
    keyCommands,
    apiCommand,
  ])
    add(root);
  inherit(root);
  return root;
}

/** Subcommands answer usage errors as the root does. */
function inherit(command: Command): void {
  for (const child of command.commands) {
    child.exitOverride().showHelpAfterError('(add --help to see what it takes)');
    inherit(child);
  }
}
