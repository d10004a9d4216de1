import { MitosisClient, type Run, type RunStep } from '@guildhall/sdk';
import type { Command } from 'commander';
import { type OfficeOption, resolveOffice, withOffice } from '../office.ts';
import { printable, printDone, printJson, printOne, printRows, wantsJson } from '../output.ts';
import { wholeNumber } from './number.ts';

const ENDED = ['succeeded', 'failed', 'cancelled'];

export function runCommands(root: Command): void {
  const runs = root.command('runs').alias('run').description('what agents do, run by run');
  withOffice(runs.command('list').description('the runs of an office, newest first'))
    .option('-a, --agent <name>', 'of this agent')
    .option('-s, --status <list>', 'comma-separated: queued, running, succeeded, failed, cancelled')
    .option('-l, --limit <n>', 'rows', wholeNumber)
    .action(async (options: OfficeOption & { agent?: string; status?: string; limit?: number }) => {
      const client = await MitosisClient.fromConfig();
      const { agent, status, limit } = options;
      const rows = await client.runs.list(await resolveOffice(client, options), {
        ...(agent === undefined ? {} : { agent }),
        ...(status === undefined ? {} : { status }),
        ...(limit === undefined ? {} : { limit }),
      });
      printRows(
        rows,
        {
          id: (row) => row.id,
          agent: (row) => row.agent,
          cause: (row) => row.cause,
          status: (row) => (row.waiting_for === null ? row.status : `${row.status}: ${row.waiting_for}`),
          step: (row) => row.current_step,
          credits: (row) => row.cost_credits,
          what: (row) => row.failure?.mend ?? row.summary,
        },
        options,
      );
    });
  withOffice(runs.command('show').description('one run with its steps, oldest first').argument('<runId>')).action(
    async (runId: string, options: OfficeOption) => {
      const client = await MitosisClient.fromConfig();
      const officeId = await resolveOffice(client, options);
      const run = await client.runs.get(officeId, runId);
      const steps = (await client.runs.steps(officeId, runId)).reverse();
      if (wantsJson(options)) return printJson({ ...run, steps });
      printOne(run, options);
      for (const step of steps) process.stdout.write(`${lineOf(step)}\n`);
    },
  );
  withOffice(
    runs.command('follow').description('show steps as they happen, until the run ends').argument('<runId>'),
  ).action(async (runId: string, options: OfficeOption) => {
    const client = await MitosisClient.fromConfig();
    const run = await follow(client, await resolveOffice(client, options), runId, options);
    if (run.status !== 'succeeded') process.exitCode = 1;
  });
  for (const [name, description] of [
    ['stop', 'end a run that waits or is under way'],
    ['retry', 'let a run that failed or was stopped go on from its last step'],
  ] as const) {
    withOffice(runs.command(name).description(description).argument('<runId>')).action(
      async (runId: string, options: OfficeOption) => {
        const client = await MitosisClient.fromConfig();
        const run = await client.runs[name](await resolveOffice(client, options), runId);
        printDone(`The run is ${run.status}.`, run, options);
      },
    );
  }
}

const FOLLOW_EVERY_MS = 500;

/** Prints each step once, looking twice a second. */
async function follow(client: MitosisClient, officeId: string, runId: string, options: OfficeOption): Promise<Run> {
  let seen = 0;
  let waited: string | null = null;
  for (;;) {
    const run = await client.runs.get(officeId, runId);
    const steps = (await client.runs.steps(officeId, runId)).reverse().filter((step) => step.seq > seen);
    for (const step of steps) {
      if (step.status === 'started') break;
      seen = step.seq;
      process.stdout.write(wantsJson(options) ? `${JSON.stringify(step)}\n` : `${lineOf(step)}\n`);
    }
    // Who looks on is to know why nothing happens.
    if (run.waiting_for !== waited && !wantsJson(options) && run.waiting_for !== null)
      process.stdout.write(`waits: ${printable(run.waiting_for)}\n`);
    if (run.waiting_for !== waited && wantsJson(options) && run.waiting_for !== null)
      process.stdout.write(`${JSON.stringify({ waiting_for: run.waiting_for, not_before: run.not_before })}\n`);
    waited = run.waiting_for;
    if (ENDED.includes(run.status)) {
      if (wantsJson(options)) process.stdout.write(`${JSON.stringify(run)}\n`);
      else process.stdout.write(`${run.status}: ${printable(run.failure?.mend ?? run.summary)}\n`);
      return run;
    }
    await new Promise((resolve) => setTimeout(resolve, FOLLOW_EVERY_MS));
  }
}

function lineOf(step: RunStep): string {
  const result = step.result as { text?: string; message?: string } | null;
  const said = result?.message ?? result?.text ?? (step.result === null ? '' : JSON.stringify(step.result));
  const cost = step.cost_credits > 0 ? ` ${step.cost_credits.toFixed(4)} credits` : '';
  const what = step.kind === 'tool' ? ` ${JSON.stringify(step.arguments)}` : '';
  return printable(
    `${String(step.seq).padStart(4)} ${step.name}${what.slice(0, 200)} → ${step.status}${cost} ${said.slice(0, 300).replaceAll('\n', ' ')}`,
  );
}
