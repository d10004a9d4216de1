import { MitosisClient } from '@guildhall/sdk';
import type { Command } from 'commander';
import { printDone, printOne, printRows } from '../output.ts';

export function officeCommands(root: Command): void {
  const offices = root.command('offices').alias('colonies').description('the offices you have');
  offices
    .command('list')
    .description('your offices')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const rows = await (await MitosisClient.fromConfig()).offices.list();
      printRows(rows, { id: (row) => row.id, name: (row) => row.name, status: (row) => row.status }, options);
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
    .description('close an office')
    .argument('<officeId>')
    .option('--json', 'print JSON')
    .action(async (officeId: string, options: { json?: boolean }) => {
      await (await MitosisClient.fromConfig()).offices.delete(officeId);
      printDone(`Office ${officeId} is closed.`, { status: 'deleted', id: officeId }, options);
    });
}
