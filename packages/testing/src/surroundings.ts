import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The address of a PostgreSQL in which databases may be made: `TEST_DATABASE_URL`, or the usual local one when it answers. */
export async function findPostgres(): Promise<string | undefined> {
  const given = process.env.TEST_DATABASE_URL;
  if (given !== undefined && given !== '') return given;
  const user = process.env.PGUSER ?? process.env.USER ?? 'root';
  return (await answers(5432)) ? `postgres://${user}@127.0.0.1:5432/test` : undefined;
}

/** The address of a Redis: `TEST_REDIS_URL`, or the usual local one when it answers. */
export async function findRedis(): Promise<string | undefined> {
  const given = process.env.TEST_REDIS_URL;
  if (given !== undefined && given !== '') return given;
  return (await answers(6379)) ? 'redis://127.0.0.1:6379' : undefined;
}

/** The path of a Chromium: `CHROMIUM_PATH`, or the usual places. */
export function findChromium(): string | undefined {
  const candidates = [
    process.env.CHROMIUM_PATH,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ];
  return candidates.find((path) => path !== undefined && path !== '' && isExecutable(path));
}

/** The path of a Dovecot, which serves IMAP to the tests; only root may start it as it is installed. */
export function findDovecot(): string | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return ['/usr/sbin/dovecot', '/usr/bin/dovecot'].find(isExecutable);
}

/** The address of transformers.js as a module: in the folder `TRANSFORMERS_PATH`, where `npm install --prefix` put it. */
export function findTransformers(): string | undefined {
  return installedIn(process.env.TRANSFORMERS_PATH, '@huggingface/transformers');
}

/** The same of the client of XMTP, in the folder `XMTP_PATH`. */
export function findXmtp(): string | undefined {
  return installedIn(process.env.XMTP_PATH, '@xmtp/node-sdk');
}

function installedIn(folder: string | undefined, name: string): string | undefined {
  if (folder === undefined || folder === '') return undefined;
  return pathToFileURL(createRequire(join(folder, 'package.json')).resolve(name)).href;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port, timeout: 500 });
    const end = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}
