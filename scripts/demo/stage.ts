import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDatabase } from '@guildhall/testing';

const program = fileURLToPath(new URL('../../apps/server/src/main.ts', import.meta.url));

/** Where the demo plays: one server or several on the same records. */
export interface Stage {
  name: string;
  urls: string[];
  key: string;
  close(): Promise<void>;
}

export interface StageOptions {
  endpoint?: string | undefined;
  key?: string | undefined;
  databaseUrl?: string | undefined;
  servers: number;
}

/** A server that runs already, or temporary ones that are removed afterwards, with their database. */
export async function openStage(options: StageOptions): Promise<Stage> {
  if (options.endpoint !== undefined) {
    if (options.key === undefined) throw new Error('--endpoint needs --key');
    return { name: options.endpoint, urls: [options.endpoint], key: options.key, close: async () => {} };
  }
  if (options.servers > 1 && options.databaseUrl === undefined)
    throw new Error('several servers share a PostgreSQL: give --database-url');
  const folder = await mkdtemp(join(tmpdir(), 'guildhall-demo-'));
  const database = options.databaseUrl === undefined ? undefined : await temporaryDatabase(options.databaseUrl, 'demo');
  const key = `mi_${randomBytes(16).toString('hex')}`;
  const environment = {
    GUILDHALL_DATA: folder,
    GUILDHALL_OWNER_KEY: key,
    PORT: '0',
    ...(database === undefined ? {} : { DATABASE_URL: database.url }),
  };
  const servers = await Promise.all(Array.from({ length: options.servers }, () => startServer(environment)));
  const engine = database === undefined ? 'SQLite' : 'PostgreSQL';
  return {
    name: options.servers === 1 ? engine : `${options.servers} servers on one ${engine}`,
    urls: servers.map((server) => server.url),
    key,
    close: async () => {
      await Promise.all(servers.map((server) => stop(server.child)));
      await database?.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startServer(environment: Record<string, string>): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [chunk] = (await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('the server did not start'))),
  ])) as [Buffer];
  return { url: /http:\/\/\S+/.exec(chunk.toString())?.[0] ?? '', child };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
