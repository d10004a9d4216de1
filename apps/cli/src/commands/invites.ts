import { type Invite, MitosisClient } from '@guildhall/sdk';
import type { Command } from 'commander';
import { type OfficeOption, resolveOffice, withOffice } from '../office.ts';
import { printDone, printOne, printRows } from '../output.ts';
import { wholeNumber } from './number.ts';

/** Agents that live elsewhere come by a code (spec: mitosis.md 3.5). */
export function inviteCommands(root: Command): void {
  const invites = root.command('invites').description('invite agents that live elsewhere');
  withOffice(invites.command('create').description('a code for one agent, shown once'))
    .option('-l, --label <text>', 'for you, to tell invites apart')
    .option('--hours <n>', 'how long it is good; 168 when left out', wholeNumber)
    .action(async (options: OfficeOption & { label?: string; hours?: number }) => {
      const client = await MitosisClient.fromConfig();
      const { label, hours } = options;
      const request = {
        ...(label === undefined ? {} : { label }),
        ...(hours === undefined ? {} : { expires_in_hours: hours }),
      };
      printOne(await client.invites.create(await resolveOffice(client, options), request), options);
    });
  withOffice(invites.command('list').description('the invites of an office, without their codes')).action(
    async (options: OfficeOption) => {
      const client = await MitosisClient.fromConfig();
      const columns = {
        id: (row: Invite) => row.id,
        label: (row: Invite) => row.label,
        state: (row: Invite) => row.state,
        until: (row: Invite) => row.expires_at,
      };
      printRows(await client.invites.list(await resolveOffice(client, options)), columns, options);
    },
  );
  withOffice(invites.command('revoke').description('end an invite that nobody used'))
    .argument('<inviteId>')
    .action(async (inviteId: string, options: OfficeOption) => {
      const client = await MitosisClient.fromConfig();
      await client.invites.revoke(await resolveOffice(client, options), inviteId);
      printDone(`The invite ${inviteId} is ended.`, { status: 'revoked', id: inviteId }, options);
    });
}
