import { Keystore, MitosisClient } from '@guildhall/sdk';
import type { Command } from 'commander';
import { type OfficeOption, resolveOffice, withOffice } from '../office.ts';
import { printOne, printRows } from '../output.ts';

export function keyCommands(root: Command): void {
  const keys = root.command('keys').description('signing keys of agents on this machine');
  withOffice(keys.command('generate').description('make a key here and register its public part'))
    .requiredOption('-a, --agent <name>')
    .option('--local', 'keep it here only; do not tell the server the public key')
    .action(async (options: OfficeOption & { agent: string; local?: boolean }) => {
      const client = await MitosisClient.fromConfig();
      const officeId = await resolveOffice(client, options);
      const { publicKey } = await new Keystore().generateAndStore(officeId, options.agent);
      if (options.local !== true) await client.employees.update(officeId, options.agent, { publicKey });
      printOne({ office: officeId, agent: options.agent, publicKey, registered: options.local !== true }, options);
    });
  withOffice(keys.command('list').description('agents with a key here')).action(async (options: OfficeOption) => {
    const client = await MitosisClient.fromConfig();
    const names = await new Keystore().listAgentKeys(await resolveOffice(client, options));
    printRows(
      names.map((agent) => ({ agent })),
      { agent: (row) => row.agent },
      options,
    );
  });
  withOffice(keys.command('pubkey').description('the public part of a key'))
    .requiredOption('-a, --agent <name>')
    .action(async (options: OfficeOption & { agent: string }) => {
      const client = await MitosisClient.fromConfig();
      const officeId = await resolveOffice(client, options);
      printOne(
        { agent: options.agent, publicKey: await new Keystore().getPublicKey(officeId, options.agent) },
        options,
      );
    });
}
