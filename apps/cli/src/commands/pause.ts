import { MitosisClient } from '@guildhall/sdk';
import { type Command, InvalidArgumentError } from 'commander';
import { type OfficeOption, resolveOffice, withOffice } from '../office.ts';
import { printDone } from '../output.ts';

type PauseOptions = OfficeOption & { all?: boolean; agent?: string; note?: string };

/** Who names an agent does not mean everybody. */
function refuseBoth({ all, agent }: PauseOptions): void {
  if (all === true && agent !== undefined)
    throw new InvalidArgumentError('--all and --agent exclude each other: say which you mean.');
}

/** The kill switch, at three sizes: one agent, an office, everything. */
export function pauseCommands(root: Command): void {
  withOffice(root.command('pause').description('stop work before the next claim: of an office, an agent, or all'))
    .option('--all', 'of the whole installation (its operator only)')
    .option('-a, --agent <name>', 'of one agent')
    .option('-n, --note <text>', 'why, for those who find it paused')
    .action(async (options: PauseOptions) => {
      const client = await MitosisClient.fromConfig();
      refuseBoth(options);
      const note = options.note === undefined ? {} : { note: options.note };
      if (options.all === true) return printDone('The house is paused.', await client.house.pause(note), options);
      const officeId = await resolveOffice(client, options);
      if (options.agent !== undefined) {
        const agent = await client.employees.action(officeId, options.agent, { action: 'stop' });
        return printDone(`${options.agent} is stopped.`, agent, options);
      }
      printDone('The office is suspended.', await client.offices.suspend(officeId, note), options);
    });
  withOffice(root.command('resume').description('let work go on: of an office, an agent, or all'))
    .option('--all', 'of the whole installation')
    .option('-a, --agent <name>', 'of one agent')
    .action(async (options: PauseOptions) => {
      refuseBoth(options);
      const client = await MitosisClient.fromConfig();
      if (options.all === true) return printDone('Work goes on.', await client.house.resume(), options);
      const officeId = await resolveOffice(client, options);
      if (options.agent !== undefined) {
        const agent = await client.employees.action(officeId, options.agent, { action: 'start' });
        return printDone(`${options.agent} works again.`, agent, options);
      }
      printDone('The office works again.', await client.offices.resume(officeId), options);
    });
}
