import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TestDatabase } from '@guildhall/testing';

const program = fileURLToPath(new URL('../main.ts', import.meta.url));

export interface ServerProcess {
  url: string;
  child: ChildProcess;
  /** Sends the signal and waits for the end; returns the exit code, or null when a signal ended it. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>;
}

/** The real program, as a process of its own. Rejects with what it said when it does not start. */
export async function startServerProcess(
  database: TestDatabase,
  environment: Record<string, string> = {},
): Promise<ServerProcess> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
    env: {
      PATH: process.env.PATH,
      GUILDHALL_DATA: database.folder,
      PORT: '0',
      ...(database.databaseUrl === undefined ? {} : { DATABASE_URL: database.databaseUrl }),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const [chunk] = (await Promise.race([
    once(child.stdout, 'data'),
    exited.then(([code]) => Promise.reject(new Error(`exit ${code}: ${said}`))),
  ])) as [Buffer];
  return {
    url: /http:\/\/\S+/.exec(chunk.toString())?.[0] ?? '',
    child,
    end: async (signal) => {
      child.kill(signal);
      return (await exited)[0];
    },
  };
}
