import { MitosisClient } from '@guildhall/sdk';
import type { Command } from 'commander';
import { type OfficeOption, resolveOffice, withOffice } from '../office.ts';
import { printOne, printRows } from '../output.ts';
import { amount, wholeNumber } from './number.ts';

export function creditCommands(root: Command): void {
  const credits = root.command('credits').description('what an office may spend');
  withOffice(credits.command('balance', { isDefault: true }).description('what the office may spend')).action(
    async (options: OfficeOption) => {
      const client = await MitosisClient.fromConfig();
      printOne(await client.credits.balance(await resolveOffice(client, options)), options);
    },
  );
  withOffice(credits.command('add').description('give credits to the office'))
    .requiredOption('-a, --amount <n>', 'credits', amount)
    .requiredOption('-r, --reason <text>')
    .action(async (options: OfficeOption & { amount: number; reason: string }) => {
      const client = await MitosisClient.fromConfig();
      printOne(
        await client.credits.add(await resolveOffice(client, options), {
          amount: options.amount,
          reason: options.reason,
        }),
        options,
      );
    });
  withOffice(credits.command('history').description('what was booked, newest first'))
    .option('-l, --limit <n>', 'rows', wholeNumber)
    .action(async (options: OfficeOption & { limit?: number }) => {
      const client = await MitosisClient.fromConfig();
      const rows = await client.credits.history(
        await resolveOffice(client, options),
        options.limit === undefined ? {} : { limit: options.limit },
      );
      printRows(
        rows,
        {
          time: (row) => row.created_at,
          amount: (row) => row.amount,
          balance: (row) => row.balance_after,
          reason: (row) => row.reason,
        },
        options,
      );
    });
}
