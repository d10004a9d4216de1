import { type HireRequest, MitosisClient } from '@guildhall/sdk';
import type { Command } from 'commander';
import { type OfficeOption, resolveOffice, withOffice } from '../office.ts';
import { printable, printDone, printJson, printOne, printRows, wantsJson } from '../output.ts';
import { wholeNumber } from './number.ts';

interface HireOptions {
  name: string;
  role?: string;
  model?: string;
  publicKey?: string;
  driver?: NonNullable<HireRequest['driver']>;
}

export function agentCommands(root: Command): void {
  const agents = root.command('agents').alias('agent').description('the agents of an office');
  withOffice(agents.command('list').description('the agents of an office')).action(async (options: OfficeOption) => {
    const client = await MitosisClient.fromConfig();
    const rows = await client.employees.list(await resolveOffice(client, options));
    printRows(
      rows,
      {
        name: (row) => row.name,
        role: (row) => row.role,
        driver: (row) => row.driver,
        phase: (row) => row.status.phase,
        'last seen': (row) => row.status.lastSeen ?? '',
      },
      options,
    );
  });
  withOffice(agents.command('hire').description('hire an agent'))
    .requiredOption('-n, --name <name>')
    .option('-r, --role <role>')
    .option('-m, --model <model>', 'model tier')
    .option('--public-key <hex>', 'lets it sign requests')
    .option('-d, --driver <driver>', 'what thinks for it: auto, reflex, claude-code, openclaw or external')
    .action(async (options: OfficeOption & HireOptions) => {
      const client = await MitosisClient.fromConfig();
      const { name, role, model, publicKey, driver } = options;
      const agent = await client.employees.hire(await resolveOffice(client, options), {
        name,
        ...(role === undefined ? {} : { role }),
        ...(model === undefined ? {} : { modelTier: model }),
        ...(driver === undefined ? {} : { driver }),
        ...(publicKey === undefined ? {} : { publicKey }),
      });
      printOne(agent, options);
    });
  agents
    .command('get')
    .description('one agent: what it is, what it is at, what it costs, why it failed last')
    .argument('<officeId>')
    .argument('<name>')
    .option('--json', 'print JSON')
    .action(async (officeId: string, name: string, options: { json?: boolean }) => {
      const agent = await (await MitosisClient.fromConfig()).employees.get(officeId, name);
      if (wantsJson(options)) return printJson(agent);
      const { work, ...rest } = agent;
      printOne(rest, options);
      printOne(
        {
          state: work.waiting_for === null ? work.status : `${work.status}: ${work.waiting_for}`,
          'current step': work.current_step,
          'cost today': `${work.spent_today_credits} of ${work.cap_today_credits} credits`,
          tools:
            work.tools === null ? 'not known yet' : `${work.tools.count}, about ${work.tools.tokens} tokens a call`,
          sandbox: work.sandbox.description,
          'last failure':
            work.last_failure === null ? 'none' : `${work.last_failure.code}: ${work.last_failure.message}`,
          'next step': work.last_failure?.mend ?? '',
        },
        options,
      );
    });
  agents
    .command('fire')
    .description('fire an agent')
    .argument('<officeId>')
    .argument('<name>')
    .option('--json', 'print JSON')
    .action(async (officeId: string, name: string, options: { json?: boolean }) => {
      await (await MitosisClient.fromConfig()).employees.delete(officeId, name);
      printDone(`${name} is fired.`, { status: 'fired', name }, options);
    });
  agents
    .command('logs')
    .description('what an agent did, as lines')
    .argument('<officeId>')
    .argument('<name>')
    .option('-t, --tail <n>', 'lines', wholeNumber)
    .option('--json', 'print JSON')
    .action(async (officeId: string, name: string, options: { tail?: number; json?: boolean }) => {
      const logs = await (await MitosisClient.fromConfig()).employees.logs(
        officeId,
        name,
        options.tail === undefined ? {} : { tail: options.tail },
      );
      if (options.json === true) printJson(logs);
      else for (const line of logs.logs.trimEnd().split('\n')) process.stdout.write(`${printable(line)}\n`);
    });
  agents
    .command('activity')
    .description('what an agent did, newest first')
    .argument('<officeId>')
    .argument('<name>')
    .option('-l, --limit <n>', 'rows', wholeNumber)
    .option('-c, --category <list>', 'comma-separated')
    .option('--json', 'print JSON')
    .action(async (officeId: string, name: string, options: { limit?: number; category?: string; json?: boolean }) => {
      const { limit, category } = options;
      const query = { ...(limit === undefined ? {} : { limit }), ...(category === undefined ? {} : { category }) };
      const rows = await (await MitosisClient.fromConfig()).employees.activity(officeId, name, query);
      if (wantsJson(options)) return printJson(rows);
      printRows(
        rows,
        { time: (row) => row.timestamp, category: (row) => row.category, what: (row) => row.summary },
        options,
      );
    });
}
