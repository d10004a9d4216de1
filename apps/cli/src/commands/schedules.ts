import { MitosisClient } from '@guildhall/sdk';
import type { Command } from 'commander';
import { type OfficeOption, resolveOffice, withOffice } from '../office.ts';
import { printDone, printRows } from '../output.ts';
import { wholeNumber } from './number.ts';

export function scheduleCommands(root: Command): void {
  const schedules = root.command('schedules').alias('schedule').description('what wakes agents again and again');
  withOffice(schedules.command('list').description('the schedules of an office'))
    .option('-a, --agent <name>', 'of this agent')
    .action(async (options: OfficeOption & { agent?: string }) => {
      const client = await MitosisClient.fromConfig();
      const { agent } = options;
      const rows = await client.schedules.list(
        await resolveOffice(client, options),
        agent === undefined ? {} : { agent },
      );
      printRows(
        rows,
        {
          id: (row) => row.id,
          agent: (row) => row.agent,
          when: (row) => row.cron ?? row.at ?? `every ${row.every_seconds} s`,
          next: (row) => row.next_at,
          prompt: (row) => row.prompt,
        },
        options,
      );
    });
  withOffice(schedules.command('create').description('wake an agent by cron or at an interval'))
    .requiredOption('-a, --agent <name>')
    .requiredOption('-p, --prompt <text>', 'what it is told')
    .option('-c, --cron <expression>', 'five fields')
    .option('-e, --every <seconds>', 'an interval', wholeNumber)
    .option('--at <time>', 'once, at this time (ISO 8601)')
    .option('-z, --timezone <name>', 'of the cron expression; UTC when left out')
    .action(
      async (
        options: OfficeOption & {
          agent: string;
          prompt: string;
          cron?: string;
          every?: number;
          at?: string;
          timezone?: string;
        },
      ) => {
        const client = await MitosisClient.fromConfig();
        const { agent, prompt, cron, every, at, timezone } = options;
        const made = await client.schedules.create(await resolveOffice(client, options), {
          agent,
          prompt,
          ...(cron === undefined ? {} : { cron }),
          ...(every === undefined ? {} : { every_seconds: every }),
          ...(at === undefined ? {} : { at }),
          ...(timezone === undefined ? {} : { timezone }),
        });
        printDone(`It fires next at ${made.next_at}.`, made, options);
      },
    );
  withOffice(schedules.command('delete').description('end a schedule').argument('<scheduleId>')).action(
    async (scheduleId: string, options: OfficeOption) => {
      const client = await MitosisClient.fromConfig();
      await client.schedules.delete(await resolveOffice(client, options), scheduleId);
      printDone('The schedule has ended.', { status: 'deleted', id: scheduleId }, options);
    },
  );
}
