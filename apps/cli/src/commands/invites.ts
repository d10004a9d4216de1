import { type Invite, MitosisClient } from '@guildhall/sdk';
import type { Command } from 'commander';
import { type OfficeOption, resolveOffice, withOffice } from '../office.ts';
import { printDone, printOne, printRows } from '../output.ts';
import { wholeNumber } from './number.ts';

/** Agents that live elsewhere come by a code (spec: mitosis.md 3.5). */
export function inviteCommands(root: Command): void {
  const invites = root.command('invites').description('invite agents that live elsewhere, and people');
  withOffice(invites.command('create').description('a code for one agent, or one person, shown once'))
    .option('-l, --label <text>', 'for you, to tell invites apart')
    .option('--hours <n>', 'how long it is good; 168 when left out', wholeNumber)
    .option('--person', 'for a person, who becomes a member of the organisation (mi login <code>)')
    .action(async (options: OfficeOption & { label?: string; hours?: number; person?: boolean }) => {
      const client = await MitosisClient.fromConfig();
      const { label, hours, person } = options;
      const request = {
        ...(label === undefined ? {} : { label }),
        ...(hours === undefined ? {} : { expires_in_hours: hours }),
        ...(person === true ? { type: 'human' as const } : {}),
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
  invites
    .command('accept')
    .description('come in by a code for people, as who you are logged in')
    .argument('<code>')
    .option('--json', 'print JSON')
    .action(async (code: string, options: { json?: boolean }) => {
      const { officeId, onboarding } = await (await MitosisClient.fromConfig()).invites.claim({ code });
      const { officeName } = onboarding;
      printDone(`You are in ${officeName} (${officeId}).`, { status: 'joined', officeId, officeName }, options);
    });
  withOffice(invites.command('revoke').description('end an invite that nobody used'))
    .argument('<inviteId>')
    .action(async (inviteId: string, options: OfficeOption) => {
      const client = await MitosisClient.fromConfig();
      await client.invites.revoke(await resolveOffice(client, options), inviteId);
      printDone(`The invite ${inviteId} is ended.`, { status: 'revoked', id: inviteId }, options);
    });
}
