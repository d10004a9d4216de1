import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { newSecret } from '@guildhall/kernel';
import { pino } from 'pino';
import { type App, openApp } from './app.ts';
import { type Config, readConfig } from './config.ts';
import { systemContext } from './domain/context/index.ts';
import { ensureOwner } from './domain/identity/index.ts';

const STOP_WITHIN_MS = 10_000;

/** Reads the configuration, opens the house, listens, and shuts down when told to. Exit codes: 0 stopped, 1 could not start. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = pino(
    {
      level: config.logLevel,
      redact: ['req.headers.authorization', 'req.headers.cookie', 'req.headers["x-agent-api-key"]'],
    },
    pino.destination(2),
  );
  const app = await openApp({ config, log, version: versionOf() });
  const keyPlace = await ensureOwnerKey(app, config);
  const address = await app.http.listen({ host: config.host, port: config.port });
  stopOnSignal(app);
  const database = config.databaseUrl === undefined ? 'SQLite' : 'PostgreSQL';
  process.stdout.write(
    `Guildhall is ready at ${address} (${database}, data in ${config.dataFolder}; owner key: ${keyPlace})\n`,
  );
  // Node writes its compile cache on a clean exit only; a process that is killed would leave the next start slow.
  flushCompileCache();
}

/**
 * Makes the owner on the first start and keeps its key where only the operator can read it. The file is written before
 * the owner is: a crash in between leaves a key that the next start takes up, never an owner without one.
 */
async function ensureOwnerKey(app: App, config: Config): Promise<string> {
  const path = join(config.dataFolder, 'owner.key');
  await ensureOwner(systemContext(app.house, 'first-start'), () => keepKey(path), config.ownerKey);
  if (config.ownerKey !== undefined) return 'GUILDHALL_OWNER_KEY';
  return existsSync(path) ? path : `${path} is gone; set GUILDHALL_OWNER_KEY to a new mi_ key and start again`;
}

function keepKey(path: string): string {
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  const key = newSecret('mi_');
  writeFileSync(path, `${key}\n`, { mode: 0o600, flush: true });
  chmodSync(path, 0o600);
  return key;
}

function stopOnSignal(app: App): void {
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`The shutdown failed: ${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

function versionOf(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}

main().catch((error: unknown) => {
  // A person reads this: the message says what to do, a stack would bury it.
  const isUnexpected = !(error instanceof Error) || process.env.GUILDHALL_LOG === 'debug';
  process.stderr.write(
    `Guildhall could not start: ${isUnexpected ? String(error instanceof Error ? error.stack : error) : describe(error)}\n`,
  );
  process.exit(1);
});

function describe(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  if (error.message.includes('unable to open database file'))
    return 'the database file cannot be opened. The data folder (GUILDHALL_DATA) must be writable.';
  if (code === 'EADDRINUSE') return 'the port is in use. Stop what uses it, or choose another with PORT.';
  if (['EACCES', 'EPERM', 'EROFS'].includes(code))
    return `${error.message}. The data folder must be writable: mend its rights, or choose another with GUILDHALL_DATA.`;
  if (code === 'ENOSPC') return 'the disk is full.';
  const cause = error.cause instanceof Error && error.cause.message !== '' ? ` (${error.cause.message})` : '';
  return `${error.message}${cause}`;
}
