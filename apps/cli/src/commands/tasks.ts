import { type CreateTaskRequest, MitosisClient, type TaskLog } from '@guildhall/sdk';
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

interface UpdateOptions extends OfficeOption {
  title?: string;
  description?: string;
  priority?: number;
  assign?: string;
  status?: string;
  result?: string;
  error?: string;
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
  withOffice(tasks.command('update').description('change a task, or report on it'))
    .argument('<taskId>', 'id or number')
    .option('-t, --title <title>')
    .option('-d, --description <text>')
    .option('-p, --priority <n>', '0 critical, 50 normal, 100 low', wholeNumber)
    .option('-a, --assign <agent>')
    .option('-s, --status <word>', 'queued, running, completed, failed or cancelled')
    .option('--result <text>', 'what came out, for completed')
    .option('--error <text>', 'why, for failed')
    .action(async (taskId: string, options: UpdateOptions) => {
      const client = await MitosisClient.fromConfig();
      const { title, description, priority, assign, status, result, error } = options;
      const given = { title, description, priority, assigned_to: assign, status, result, error };
      const request = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      printOne(await client.tasks.update(await resolveOffice(client, options), taskId, request), options);
    });
  withOffice(tasks.command('accept').description('accept the result of a task that waits for review'))
    .argument('<taskId>', 'id or number')
    .argument('[notes]')
    .action((taskId: string, notes: string | undefined, options: OfficeOption) => verify(taskId, true, notes, options));
  withOffice(tasks.command('reject').description('send a result back, with what is missing'))
    .argument('<taskId>', 'id or number')
    .argument('<notes>')
    .action((taskId: string, notes: string, options: OfficeOption) => verify(taskId, false, notes, options));
  withOffice(tasks.command('comment').description('say something about a task'))
    .argument('<taskId>', 'id or number')
    .argument('<text>')
    .action(async (taskId: string, text: string, options: OfficeOption) => {
      const client = await MitosisClient.fromConfig();
      printOne(await client.tasks.comment(await resolveOffice(client, options), taskId, text), options);
    });
  withOffice(tasks.command('logs').description('what happened to a task, newest first'))
    .argument('<taskId>', 'id or number')
    .option('-l, --limit <n>', 'rows', wholeNumber)
    .action(async (taskId: string, options: OfficeOption & { limit?: number }) => {
      const client = await MitosisClient.fromConfig();
      const { limit } = options;
      const page = limit === undefined ? {} : { limit };
      const rows = await client.tasks.logs(await resolveOffice(client, options), taskId, page);
      const columns = {
        at: (row: TaskLog) => row.createdAt,
        agent: (row: TaskLog) => row.agent ?? '',
        what: (row: TaskLog) => row.message,
      };
      printRows(rows, columns, options);
    });
  withOffice(tasks.command('reopen').description('put a blocked or ended task back into the queue'))
    .argument('<taskId>', 'id or number')
    .action(async (taskId: string, options: OfficeOption) => {
      const client = await MitosisClient.fromConfig();
      const officeId = await resolveOffice(client, options);
      printOne(await client.tasks.update(officeId, taskId, { status: 'queued' }), options);
    });
  withOffice(tasks.command('stats').description('how many are in each state')).action(async (options: OfficeOption) => {
    const client = await MitosisClient.fromConfig();
    printOne(await client.tasks.stats(await resolveOffice(client, options)), options);
  });
}

async function verify(
  taskId: string,
  accepted: boolean,
  comments: string | undefined,
  options: OfficeOption,
): Promise<void> {
  const client = await MitosisClient.fromConfig();
  const request = { accepted, ...(comments === undefined ? {} : { comments }) };
  printOne(await client.tasks.verify(await resolveOffice(client, options), taskId, request), options);
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
