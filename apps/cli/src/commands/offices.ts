import { MitosisClient, type Office, type OfficeTransfer } from '@guildhall/sdk';
import type { Command } from 'commander';
import { printDone, printOne, printRows } from '../output.ts';

export function officeCommands(root: Command): void {
  const offices = root.command('offices').alias('colonies').description('the offices you have');
  offices
    .command('list')
    .description('your offices')
    .option('--closed', 'those that were closed and can be restored')
    .option('--json', 'print JSON')
    .action(async (options: { closed?: boolean; json?: boolean }) => {
      const { closed = false } = options;
      const rows = await (await MitosisClient.fromConfig()).offices.list(closed ? { closed } : {});
      const columns = {
        id: (row: Office) => row.id,
        name: (row: Office) => row.name,
        status: (row: Office) => row.status,
      };
      const until = { 'erased at': (row: Office) => row.erased_at ?? '' };
      printRows(rows, closed ? { ...columns, ...until } : columns, options);
    });
  offices
    .command('create')
    .description('open an office')
    .requiredOption('-n, --name <name>', 'what to call it')
    .option('-u, --owner <id>', 'whose office (you)')
    .option('--force', 'open another one although you have one')
    .option('--json', 'print JSON')
    .action(async (options: { name: string; owner?: string; force?: boolean; json?: boolean }) => {
      const client = await MitosisClient.fromConfig();
      const office = await client.offices.create({
        name: options.name,
        ...(options.owner === undefined ? {} : { owner_id: options.owner }),
        ...(options.force === true ? { forceCreate: true } : {}),
      });
      if (office.existing === true) {
        process.stderr.write(
          `note: you already own a colony named "${office.name}" (${office.id}) — returning that one.\nthe requested name "${options.name}" was ignored.\nto create a second colony, re-run with --force.\n`,
        );
      }
      printOne(office, options);
    });
  offices
    .command('get')
    .description('one office')
    .argument('<officeId>')
    .option('--json', 'print JSON')
    .action(async (officeId: string, options: { json?: boolean }) =>
      printOne(await (await MitosisClient.fromConfig()).offices.get(officeId), options),
    );
  offices
    .command('status')
    .description('whether it can work')
    .argument('<officeId>')
    .option('--json', 'print JSON')
    .action(async (officeId: string, options: { json?: boolean }) =>
      printOne(await (await MitosisClient.fromConfig()).offices.status(officeId), options),
    );
  offices
    .command('delete')
    .description('close an office; it can be restored for 30 days')
    .argument('<officeId>')
    .option('--json', 'print JSON')
    .action(async (officeId: string, options: { json?: boolean }) => {
      await (await MitosisClient.fromConfig()).offices.delete(officeId);
      printDone(`Office ${officeId} is closed.`, { status: 'deleted', id: officeId }, options);
    });
  offices
    .command('restore')
    .description('open an office again that was closed (mi offices list --closed)')
    .argument('<officeId>')
    .option('--json', 'print JSON')
    .action(async (officeId: string, options: { json?: boolean }) =>
      printOne(await (await MitosisClient.fromConfig()).offices.restore(officeId), options),
    );
  offices
    .command('transfer')
    .description('offer an office to another user, who has to accept')
    .argument('<officeId>')
    .argument('<user>', 'id or mail address')
    .option('--json', 'print JSON')
    .action(async (officeId: string, user: string, options: { json?: boolean }) => {
      const client = await MitosisClient.fromConfig();
      await client.offices.transfer(officeId, user);
      printOne(await client.offices.getTransfer(officeId), options);
    });
  offices
    .command('offers')
    .description('offices that are offered to you')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const rows = await (await MitosisClient.fromConfig()).offices.offers();
      const columns = {
        office: (row: OfficeTransfer) => row.office_id,
        name: (row: OfficeTransfer) => row.office_name,
        from: (row: OfficeTransfer) => row.from,
        until: (row: OfficeTransfer) => row.expires_at,
      };
      printRows(rows, columns, options);
    });
  offices
    .command('accept')
    .description('take over an office that was offered to you')
    .argument('<officeId>')
    .option('--json', 'print JSON')
    .action(async (officeId: string, options: { json?: boolean }) =>
      printOne(await (await MitosisClient.fromConfig()).offices.acceptTransfer(officeId), options),
    );
  offices
    .command('decline')
    .description('decline an offer, or withdraw your own')
    .argument('<officeId>')
    .option('--json', 'print JSON')
    .action(async (officeId: string, options: { json?: boolean }) => {
      await (await MitosisClient.fromConfig()).offices.endTransfer(officeId);
      printDone(`The offer of office ${officeId} is ended.`, { status: 'ended', id: officeId }, options);
    });
}
