import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** Starts programs as children, in a folder of the test, with nothing that holds them but their group. */
export class LocalPrograms {
  readonly isSandboxed: boolean;
  /** Every child, in the order of their starts. */
  readonly children: ChildProcessByStdio<Writable, Readable, Readable>[] = [];
  /** The environment that each was given by the driver. */
  readonly environments: Record<string, string>[] = [];
  readonly #folder: string;

  constructor(folder: string, { isSandboxed = false } = {}) {
    this.#folder = folder;
    this.isSandboxed = isSandboxed;
  }

  /** Where an agent works. */
  workspaceOf(agentId: string): string {
    return join(this.#folder, agentId, 'work');
  }

  async start(
    agentId: string,
    program: { file: string; args: string[]; environment: Record<string, string> },
    signal: AbortSignal,
  ) {
    const home = join(this.#folder, agentId, 'home');
    mkdirSync(home, { recursive: true });
    mkdirSync(this.workspaceOf(agentId), { recursive: true });
    this.environments.push(program.environment);
    const child = spawn(program.file, program.args, {
      cwd: this.workspaceOf(agentId),
      // The interpreter of this process is the one that runs a stand-in.
      env: { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: home, LANG: 'C.UTF-8', ...program.environment },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    this.children.push(child);
    const kill = () => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // All of them have ended already.
      }
    };
    const exit = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
      child.once('error', () => resolve({ code: 127, signal: null }));
      child.once('exit', (code, by) => resolve({ code, signal: by }));
    });
    const timer = { late: undefined as NodeJS.Timeout | undefined };
    const onAbort = () => (timer.late = setTimeout(kill, 5_000));
    signal.addEventListener('abort', onAbort, { once: true });
    void exit.then(() => {
      clearTimeout(timer.late);
      signal.removeEventListener('abort', onAbort);
    });
    return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, exit, kill };
  }
}
