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
  withOffice(tasks.command('list').description('the tasks of an office, newest first'))
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
  withOffice(tasks.command('create').description('file a task'))
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
  withOffice(tasks.command('get').description('one task'))
    .argument('<taskId>', 'id or number')
    .action(async (taskId: string, options: OfficeOption) => {
      const client = await MitosisClient.fromConfig();
      printOne(await client.tasks.get(await resolveOffice(client, options), taskId), options);
    });
  withOffice(tasks.command('reopen').description('put a blocked or ended task back into the queue'))
    .argument('<taskId>', 'id or number')
    .action(async (taskId: string, options: OfficeOption) => {
      const client = await MitosisClient.fromConfig();
      const officeId = await resolveOffice(client, options);
      const { number } = await client.tasks.get(officeId, taskId);
      // The office API has no word for it; the ops API does, on the same record.
      await client.transport.patch(`/api/tasks/${number}`, { status: 'todo' });
      printOne(await client.tasks.get(officeId, taskId), options);
    });
  withOffice(tasks.command('stats').description('how many are in each state')).action(async (options: OfficeOption) => {
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
