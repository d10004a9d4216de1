import { MitosisClient } from '@guildhall/sdk';
import type { Command } from 'commander';
import { printJson } from '../output.ts';

export function apiCommand(root: Command): void {
  root
    .command('api')
    .description('call any address of the server')
    .argument('<method>')
    .argument('<path>')
    .option('-d, --data <json>', 'request body')
    .option('--agent <name>', 'sign as this agent')
    .option('--office <id>', 'the office of the agent')
    .action(async (method: string, path: string, options: { data?: string; agent?: string; office?: string }) => {
      const client = await clientFor(options);
      const body = options.data === undefined ? undefined : parse(options.data);
      const result = await client.transport.request(method.toUpperCase(), path, body === undefined ? {} : { body });
      if (typeof result === 'string') process.stdout.write(result);
      else if (result !== undefined) printJson(result);
    });
}

async function clientFor(options: { agent?: string; office?: string }): Promise<MitosisClient> {
  if (options.agent === undefined) return MitosisClient.fromConfig();
  if (options.office === undefined) throw new Error('--agent needs --office: an agent’s key belongs to its office.');
  return MitosisClient.asAgent(options.office, options.agent);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`--data is not JSON: ${text.slice(0, 100)}`, { cause });
  }
}
