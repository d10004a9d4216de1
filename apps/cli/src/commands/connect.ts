import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MitosisClient } from '@guildhall/sdk';
import { type Command, InvalidArgumentError } from 'commander';
import { applyChange, type Outcome, revertChange } from '../apply-change.ts';
import { type CodingTool, type ConnectSetting, codingTools } from '../coding-tools.ts';
import { type OfficeOption, resolveOffice, withOffice } from '../office.ts';
import { printRows } from '../output.ts';

interface ConnectOptions extends OfficeOption {
  client?: CodingTool[];
  projectDir: string;
  dryRun?: boolean;
}

/** Tells coding tools of the memory, and takes it back (spec/mitosis 5). */
export function connectCommands(root: Command): void {
  withTools(root.command('connect').description('give coding tools the memory: a rule and an MCP server')).action(
    async (names: CodingTool[], options: ConnectOptions) => {
      const client = await MitosisClient.fromConfig();
      const office = await resolveOffice(client, options);
      report(
        withNames(names, options),
        (tool, setting) => {
          const changes = tool.changes(setting);
          // All of a tool or nothing: a rule that speaks of a server which is not there leads nowhere.
          for (const change of changes) applyChange(change, true);
          return changes.map((change) => ({
            path: change.path,
            outcome: applyChange(change, options.dryRun === true),
          }));
        },
        {
          projectDir: resolve(options.projectDir),
          server: serverFor(client.transport.endpoint, office),
        },
      );
    },
  );
  withTools(root.command('disconnect').description('take the memory from coding tools again')).action(
    (names: CodingTool[], options: ConnectOptions) =>
      report(
        withNames(names, options),
        (tool, setting) =>
          tool
            .changes(setting)
            .map((change) => ({ path: change.path, outcome: revertChange(change, options.dryRun === true) })),
        {
          projectDir: resolve(options.projectDir),
          server: serverFor('', ''),
        },
      ),
  );
}

function withTools(command: Command): Command {
  const names = codingTools.map(({ name }) => name);
  return withOffice(command)
    .argument('[clients...]', 'the same as --client', toTool, [])
    .option('-c, --client <name...>', `one or more of ${names.join(', ')}; all when left out`, toTool)
    .option('--project-dir <path>', 'the project', process.cwd())
    .option('--dry-run', 'only say what it would do');
}

function withNames(names: CodingTool[], options: ConnectOptions): ConnectOptions {
  const client = [...(options.client ?? []), ...names];
  return client.length === 0 ? options : { ...options, client };
}

function toTool(name: string, before: CodingTool[] = []): CodingTool[] {
  const tool = codingTools.find((known) => known.name === name);
  if (tool === undefined)
    throw new InvalidArgumentError(`It must be one of ${codingTools.map((known) => known.name).join(', ')}.`);
  return [...before, tool];
}

/** The server as a tool starts it: by full paths, since nobody knows what is on the tool's own. The key stays where `mi login` put it. */
function serverFor(endpoint: string, office: string): ConnectSetting['server'] {
  return {
    command: process.execPath,
    args: [fileURLToPath(new URL('../mi-cortex-mcp.ts', import.meta.url))],
    env: { OFFICE_ID: office, OM_ENDPOINT: endpoint },
  };
}

function report(
  options: ConnectOptions,
  work: (tool: CodingTool, setting: ConnectSetting) => { path: string; outcome: Outcome }[],
  setting: ConnectSetting,
): void {
  const tools = options.client ?? codingTools;
  const problems: string[] = [];
  const rows = tools.flatMap((tool) => {
    try {
      return work(tool, setting).map((done) => ({ client: tool.name, ...done, dry_run: options.dryRun === true }));
    } catch (error) {
      // What one tool's file is does not concern the others.
      problems.push(error instanceof Error ? error.message : String(error));
      return [];
    }
  });
  printRows(rows, { client: (row) => row.client, file: (row) => row.path, outcome: (row) => row.outcome }, options);
  for (const problem of problems) process.stderr.write(`error: ${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
}
