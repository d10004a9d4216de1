import { type CreateTaskRequest, MitosisClient } from '@guildhall/sdk';
import type { Command } from 'commander';
import { type OfficeOption, resolveOffice, withOffice } from '../office.ts';
import { printOne, printRows } from '../output.ts';
import { wholeNumber } from './number.ts';

interface CreateOptions extends OfficeOption {
  title: string;
  description?: string;
  kind?: string;
  assign?: string;
  reviewer?: string;
  priority?: number;
  dependsOn?: string;
  parent?: string;
}

export function taskCommands(root: Command): void {
  const tasks = root.command('tasks').alias('task').description('the tasks of an office');
  withOffice(tasks.command('list'))
    .option('-s, --status <list>', 'comma-separated')
    .option('-l, --limit <n>', 'rows', wholeNumber)
    .action(async (options: OfficeOption & { status?: string; limit?: number }) => {
      const client = await MitosisClient.fromConfig();
      const { status, limit } = options;
      const rows = await client.tasks.list(await resolveOffice(client, options), {
        ...(status === undefined ? {} : { status }),
        ...(limit === undefined ? {} : { limit }),
      });
      printRows(
        rows,
        {
          '#': (row) => row.number,
          state: (row) => row.state,
          title: (row) => row.title,
          assigned: (row) => row.assigned_to ?? '',
        },
        options,
      );
    });
  withOffice(tasks.command('create'))
    .requiredOption('-t, --title <title>')
    .option('-d, --description <text>')
    .option('-k, --kind <kind>')
    .option('-a, --assign <agent>')
    .option('-p, --priority <n>', '0 critical, 50 normal, 100 low', wholeNumber)
    .option('--reviewer <agent>', 'who accepts the result')
    .option('--depends-on <ids>', 'comma-separated')
    .option('--parent <id>')
    .action(async (options: CreateOptions) => {
      const client = await MitosisClient.fromConfig();
      printOne(await client.tasks.create(await resolveOffice(client, options), requestOf(options)), options);
    });
  withOffice(tasks.command('get'))
    .argument('<taskId>', 'id or number')
    .action(async (taskId: string, options: OfficeOption) => {
      const client = await MitosisClient.fromConfig();
      printOne(await client.tasks.get(await resolveOffice(client, options), taskId), options);
    });
  withOffice(tasks.command('stats')).action(async (options: OfficeOption) => {
    const client = await MitosisClient.fromConfig();
    printOne(await client.tasks.stats(await resolveOffice(client, options)), options);
  });
}

function requestOf(options: CreateOptions): CreateTaskRequest {
  const { title, description, kind, assign, priority, reviewer, dependsOn, parent } = options;
  return {
    title,
    ...(description === undefined ? {} : { description }),
    ...(kind === undefined ? {} : { kind }),
    ...(assign === undefined ? {} : { assigned_to: assign }),
    ...(priority === undefined ? {} : { priority }),
    ...(reviewer === undefined ? {} : { reviewer }),
    ...(dependsOn === undefined ? {} : { dependsOn }),
    ...(parent === undefined ? {} : { parentId: parent }),
  };
}
