import { type Approval, MitosisClient } from '@guildhall/sdk';
import type { Command } from 'commander';
import { type OfficeOption, resolveOffice, withOffice } from '../office.ts';
import { printDone, printRows } from '../output.ts';

export function approvalCommands(root: Command): void {
  const approvals = root.command('approvals').alias('approval').description('what agents ask a person for');
  withOffice(approvals.command('list').description('what waits for a person'))
    .option('-s, --state <state>', 'pending, approved, denied, expired or used', 'pending')
    .action(async (options: OfficeOption & { state: Approval['state'] }) => {
      const client = await MitosisClient.fromConfig();
      const rows = await client.approvals.list(await resolveOffice(client, options), { state: options.state });
      printRows(
        rows,
        {
          id: (row) => row.id,
          agent: (row) => row.agent,
          tool: (row) => row.tool,
          arguments: (row) => row.arguments,
          until: (row) => row.expires_at,
        },
        options,
      );
    });
  for (const [name, approve] of [
    ['approve', true],
    ['deny', false],
  ] as const) {
    withOffice(approvals.command(name).description(`${name} a call`).argument('<approvalId>'))
      .option('-n, --note <text>', 'told to the agent')
      .action(async (approvalId: string, options: OfficeOption & { note?: string }) => {
        const client = await MitosisClient.fromConfig();
        const { note } = options;
        const decided = await client.approvals.decide(await resolveOffice(client, options), approvalId, {
          approve,
          ...(note === undefined ? {} : { note }),
        });
        printDone(`${decided.tool} is ${decided.state}.`, decided, options);
      });
  }
}
