import { stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline/promises';
import { ENDPOINT_DEFAULT, Keystore, MitosisClient } from '@guildhall/sdk';
import type { Command } from 'commander';
import { printDone, printOne, wantsJson } from '../output.ts';

export function loginCommands(root: Command): void {
  root
    .command('init')
    .description('set the endpoint')
    .requiredOption('--endpoint <url>', 'address of the server')
    .option('--secret <secret>', 'first-party JWT secret; only for services that run with it')
    .option('--json', 'print JSON')
    .action(async (options: { endpoint: string; secret?: string; json?: boolean }) => {
      const keystore = new Keystore();
      await keystore.storeConfig({ ...(await keystore.loadConfig()), endpoint: addressOf(options.endpoint) });
      if (options.secret !== undefined) await keystore.storeJWTSecret(options.secret);
      printDone(`Configured ${options.endpoint}.`, { endpoint: options.endpoint }, options);
    });
  root
    .command('login')
    .description('keep a key for this machine (~/.os1/config.json, 0600)')
    .argument('[code]', 'an invite for people: you get a key by it')
    .option('--email <address>', 'yours, with a code')
    .option('--name <name>', 'what to call you, with a code')
    .option('--token <key>', 'the mi_… key; asked for when left out')
    .option('--endpoint <url>', 'address of the server')
    .option('--json', 'print JSON')
    .action(login);
  root
    .command('logout')
    .description('forget the key')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const keystore = new Keystore();
      const { apiKey: _apiKey, ...rest } = await keystore.loadConfig();
      await keystore.storeConfig(rest);
      printDone('Logged out.', { status: 'logged_out' }, options);
    });
  root
    .command('whoami')
    .description('who you are logged in as')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const client = await MitosisClient.fromConfig();
      const me = await client.me();
      if (wantsJson(options)) return printOne({ ...me, endpoint: client.transport.endpoint }, options);
      process.stdout.write(`logged in as ${me.email ?? me.name} (API key mi_…) at ${client.transport.endpoint}\n`);
    });
}

interface LoginOptions {
  token?: string;
  endpoint?: string;
  email?: string;
  name?: string;
  json?: boolean;
}

async function login(code: string | undefined, options: LoginOptions): Promise<void> {
  const keystore = new Keystore();
  const config = await keystore.loadConfig();
  const endpoint = addressOf(
    options.endpoint ?? (typeof config.endpoint === 'string' ? config.endpoint : ENDPOINT_DEFAULT),
  );
  const apiKey = options.token ?? (code === undefined ? await askForKey() : await claim(endpoint, code, options));
  if (!apiKey.startsWith('mi_'))
    throw new Error(
      'That is not a personal key: they begin with mi_. The server wrote the owner’s to owner.key in its data folder.',
    );
  // Checked before it is kept: a wrong key would only fail later, somewhere else.
  const me = await new MitosisClient({ endpoint, apiKey }).me();
  await keystore.storeConfig({ ...config, endpoint, apiKey });
  printDone(
    `logged in as ${me.email ?? me.name} at ${endpoint}`,
    { status: 'logged_in', endpoint, email: me.email },
    options,
  );
}

async function claim(endpoint: string, code: string, { email, name }: LoginOptions): Promise<string> {
  // Whoever has no key yet asks without one.
  const { key } = await new MitosisClient({ endpoint, apiKey: 'none' }).invites.claim({
    code,
    ...(email === undefined ? {} : { email }),
    ...(name === undefined ? {} : { name }),
  });
  return key;
}

async function askForKey(): Promise<string> {
  if (stdin.isTTY !== true) throw new Error('Give the key with --token <key>.');
  const prompt = createInterface({ input: stdin, output: stdout });
  try {
    return (await prompt.question('Key (mi_…): ')).trim();
  } finally {
    prompt.close();
  }
}

function addressOf(text: string): string {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) throw new Error(`"${text}" is not an http address.`);
  return text.replace(/\/+$/, '');
}
