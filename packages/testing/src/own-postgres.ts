import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chown, mkdir, readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { eventually } from './eventually.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A PostgreSQL server of the test's own, which may be restarted under whoever works on it. */
export interface OwnPostgres {
  databaseUrl: string;
  /** Ends every connection, is away for a moment, and comes back with what was committed. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const DEBIAN_FOLDER = '/usr/lib/postgresql';

/** Undefined where the programs of PostgreSQL are not installed. */
export async function openOwnPostgres(): Promise<OwnPostgres | undefined> {
  const bin = await findPrograms();
  if (bin === undefined) return undefined;
  const folder = await temporaryFolder();
  const data = join(folder.path, 'postgres');
  await mkdir(data, { mode: 0o700 });
  // It refuses to run as root.
  const user = unprivilegedUser();
  if (user !== undefined) {
    await chown(folder.path, user.uid, user.gid);
    await chown(data, user.uid, user.gid);
  }
  const options = { cwd: data, ...user };
  await promisify(execFile)(join(bin, 'initdb'), ['-D', data, '-U', 'test', '-A', 'trust', '--no-sync'], options);
  const port = await freePort();
  const databaseUrl = `postgres://test@127.0.0.1:${port}/postgres`;
  const settings = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '' };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const start = async () => {
    const child = spawn(join(bin, 'postgres'), ['-D', data, ...args], { ...options, stdio: 'ignore' });
    await eventually('PostgreSQL to answer', () => answers(databaseUrl));
    return child;
  };
  // SIGINT: it ends its connections and itself, as a restart by a person does.
  const end = async (child: ChildProcess) => {
    child.kill('SIGINT');
    if (child.exitCode === null) await once(child, 'exit');
  };
  let running = await start();
  return {
    databaseUrl,
    restart: async () => {
      await end(running);
      running = await start();
    },
    stop: async () => {
      await end(running);
      await folder.remove();
    },
  };
}

async function findPrograms(): Promise<string | undefined> {
  const versions = await readdir(DEBIAN_FOLDER).catch(() => []);
  const newest = versions
    .map(Number)
    .filter(Number.isFinite)
    .sort((a, b) => b - a)[0];
  return newest === undefined ? undefined : join(DEBIAN_FOLDER, String(newest), 'bin');
}

function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('postgres:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  return { uid: Number(uid ?? 65_534), gid: Number(gid ?? 65_534) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function answers(databaseUrl: string): Promise<true | undefined> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return undefined;
  } finally {
    await client.end().catch(() => {});
  }
}
