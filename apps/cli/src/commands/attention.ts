import { MitosisClient } from '@guildhall/sdk';
import type { Command } from 'commander';
import { type OfficeOption, resolveOffice, withOffice } from '../office.ts';
import { printRows } from '../output.ts';

export function attentionCommand(root: Command): void {
  withOffice(
    root
      .command('attention')
      .alias('inbox')
      .description('what needs a person: approvals, blocked tasks, results to accept, runs without money'),
  ).action(async (options: OfficeOption) => {
    const client = await MitosisClient.fromConfig();
    const rows = await client.approvals.attention(await resolveOffice(client, options));
    printRows(
      rows,
      {
        kind: (row) => row.kind,
        id: (row) => row.id,
        agent: (row) => row.agent,
        what: (row) => row.title,
        why: (row) => row.reason,
        since: (row) => row.at,
      },
      options,
    );
  });
}
