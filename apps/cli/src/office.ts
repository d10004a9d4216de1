import { type CortexAPI, Keystore, MitosisClient } from '@guildhall/sdk';
import type { Command } from 'commander';
import { officeFromEnvironment } from './environment.ts';

export interface OfficeOption {
  office?: string;
  colony?: string;
  json?: boolean;
}

/** `-o, --office` with `--colony` as its other name, and `--json`. */
export function withOffice(command: Command): Command {
  return command
    .option('-o, --office <id>', 'the office (else $OFFICE_ID, the configured default, or your only one)')
    .option('--colony <id>', 'the same as --office')
    .option('--json', 'print JSON');
}

/** Flag, environment, configuration, or the only office there is. */
export async function resolveOffice(client: MitosisClient, options: OfficeOption): Promise<string> {
  const given = options.office ?? options.colony ?? officeFromEnvironment();
  if (given !== undefined) return given;
  const { defaultOffice } = await new Keystore().loadConfig();
  if (typeof defaultOffice === 'string' && defaultOffice !== '') return defaultOffice;
  const [first, second] = await client.offices.list({ limit: 2 });
  if (first === undefined) throw new Error('There is no office yet. Open one: mi offices create --name "My office"');
  if (second !== undefined)
    throw new Error('You have several offices: say which with --office <id> (mi offices list shows them).');
  return first.id;
}

/** The memory of that office. */
export async function memoryOf(options: OfficeOption): Promise<CortexAPI> {
  const client = await MitosisClient.fromConfig();
  return client.cortex(await resolveOffice(client, options));
}
