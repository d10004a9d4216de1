import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const program = fileURLToPath(new URL('../main.ts', import.meta.url));

export interface MiAnswer {
  code: number;
  stdout: string;
  stderr: string;
}

export interface OwnServer {
  endpoint: string;
  key: string;
  /** The home of whoever calls `mi`. */
  home: string;
  environment: Record<string, string>;
  /** Runs `mi` as a program would: JSON, since its output is no terminal. */
  mi(...args: string[]): Promise<MiAnswer>;
  close(): Promise<void>;
}

/** A server of its own as a process, and `mi` logged in to it. */
export async function openOwnServer(key: string): Promise<OwnServer> {
  const home = await mkdtemp(join(tmpdir(), 'guildhall-mi-'));
  const child = spawn(process.execPath, [fileURLToPath(new URL('../../../server/src/main.ts', import.meta.url))], {
    env: { PATH: process.env.PATH, GUILDHALL_DATA: join(home, 'data'), PORT: '0', GUILDHALL_OWNER_KEY: key },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const endpoint = /http:\/\/\S+/.exec(line.toString())?.[0] ?? '';
  const environment = { PATH: process.env.PATH ?? '', HOME: home };
  const mi = async (...args: string[]) => {
    const nodeArgs = ['--disable-warning=ExperimentalWarning', program, ...args];
    try {
      return { code: 0, ...(await run(process.execPath, nodeArgs, { env: environment })) };
    } catch (error) {
      const { code, stdout, stderr } = error as MiAnswer;
      return { code, stdout, stderr };
    }
  };
  await mi('login', '--endpoint', endpoint, '--token', key);
  return {
    endpoint,
    key,
    home,
    environment,
    mi,
    close: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
      await rm(home, { recursive: true, force: true });
    },
  };
}
