import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

export interface RunningServer {
  url: string;
  key: string;
  child: ChildProcess;
  folder: string;
  startMs: number;
  /** Stops the process; the folder stays unless `remove`. */
  stop(remove: boolean): Promise<void>;
}

/** Starts a program of the project and waits for the line that says it is ready. */
export async function startProgram(
  script: string,
  environment: Record<string, string>,
): Promise<{ child: ChildProcess; line: string; startMs: number }> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, script)], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [chunk] = (await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error(`${script} ended before it was ready`))),
  ])) as [Buffer];
  return { child, line: chunk.toString(), startMs: performance.now() - startedAt };
}

/** The real server, on a folder of its own. */
export async function startServer(
  environment: Record<string, string> = {},
  folder = mkdtempSync(join(tmpdir(), 'guildhall-bench-')),
): Promise<RunningServer> {
  const { child, line, startMs } = await startProgram('apps/server/src/main.ts', {
    GUILDHALL_DATA: folder,
    PORT: '0',
    GUILDHALL_HIRE_LIMIT: '1000000',
    GUILDHALL_LOG: 'error',
    ...environment,
  });
  const url = /http:\/\/\S+/.exec(line)?.[0] ?? '';
  return {
    url,
    key: readFileSync(join(folder, 'owner.key'), 'utf8').trim(),
    child,
    folder,
    startMs,
    stop: async (remove) => {
      child.kill('SIGTERM');
      await once(child, 'exit');
      if (remove) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A JSON call with the server's key. */
export async function callServer<T>(
  server: { url: string; key: string },
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const response = await fetch(server.url + path, {
    method,
    headers: {
      authorization: `Bearer ${server.key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
  return (response.status === 204 ? undefined : await response.json()) as T;
}
