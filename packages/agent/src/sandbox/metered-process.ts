import { type ChildProcess, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { ProcessTree, signalProcess } from './process-tree.ts';
import type { ProcessUsage } from './process-usage.ts';
import { PROGRAM_PATH, systemProgram } from './program-paths.ts';
import type { BoundPassed, ResourceGroup } from './resource-group.ts';

/** A program to start. */
export interface Launch {
  file: string;
  args: readonly string[];
  /** Arguments that it reads from file descriptor 4 instead, where other users of the machine do not see them. */
  hiddenArgs?: readonly string[];
  cwd: string;
  environment: Record<string, string>;
  /** What it may use together with others; absent: what there is. */
  group?: ResourceGroup;
}

/** How a process ended. */
export interface ProcessExit {
  /** 128 and the number of the signal, where the program itself was ended by one. */
  code: number | null;
  /** Where all of it was killed. */
  signal: string | null;
  usage: ProcessUsage;
  /** Why all of it was killed, when that was for what its processes held together. */
  passed?: BoundPassed;
}

/** A process in a group of its own, with a meter. */
export interface MeteredProcess {
  child: ChildProcess;
  /** Rejects only if nothing could be started. */
  exit: Promise<ProcessExit>;
  /** Ends it and all that it has started, at once. */
  kill(): void;
}

/**
 * The shell around each program: it waits for it and tells on file descriptor 3 how much processor time the kernel counted for
 * it and its children. It stands outside of the sandbox, so what runs inside can neither forge nor end the count.
 */
const WAIT_AND_COUNT = '"$@" 3>&-; code=$?; times >&3; exit $code';
const PROBE_TIMEOUT_MS = 5_000;

let countingShell: Promise<readonly string[]> | undefined;

/**
 * What stands in front of each program. The kernel ends the shell with the server: without that, what depends on the life of
 * its parent (bubblewrap does) would depend on a shell that lives on. Where `setpriv` cannot do it there is no shell, and the
 * processor time is that of the samples.
 */
function findCountingShell(): Promise<readonly string[]> {
  countingShell ??= new Promise((resolve) => {
    const prefix = [systemProgram('setpriv'), '--pdeathsig', 'KILL', '--', '/bin/sh', '-c'];
    const [file = '', ...args] = prefix;
    const probe = spawn(file, [...args, 'times'], {
      stdio: 'ignore',
      env: { PATH: PROGRAM_PATH },
      timeout: PROBE_TIMEOUT_MS,
    });
    probe.once('error', () => resolve([]));
    probe.once('close', (code) => resolve(code === 0 ? [...prefix, WAIT_AND_COUNT, 'sh'] : []));
  });
  return countingShell;
}

/** Starts metered processes, once it is known how to. */
export async function openProcessStarter(): Promise<(launch: Launch, stdin: 'ignore' | 'pipe') => MeteredProcess> {
  const prefix = await findCountingShell();
  return (launch, stdin) => startMetered(prefix, launch, stdin);
}

function startMetered(prefix: readonly string[], launch: Launch, stdin: 'ignore' | 'pipe'): MeteredProcess {
  const [file = launch.file, ...args] = [...prefix, launch.file, ...launch.args];
  const child = spawn(file, args, {
    cwd: launch.cwd,
    env: launch.environment,
    stdio: [stdin, 'pipe', 'pipe', prefix.length === 0 ? 'ignore' : 'pipe', launch.hiddenArgs ? 'pipe' : 'ignore'],
    // A group of its own: what it starts dies with it.
    detached: true,
  });
  const hidden = child.stdio[4];
  if (hidden && 'end' in hidden) {
    // It may have ended without having read them.
    hidden.on('error', () => {});
    hidden.end(launch.hiddenArgs?.map((argument) => `${argument}\0`).join(''));
  }
  const counted = readTimes(child);
  // Once it has ended, its number may be another's.
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const tree = child.pid === undefined ? undefined : new ProcessTree(child.pid, { group: launch.group, isOver });
  const exit = new Promise<ProcessExit>((resolve, reject) => {
    child.once('error', (error) => {
      tree?.finish(0);
      reject(error);
    });
    child.once('exit', async (code, signal) => {
      // What it left in its group, where no namespace ends with it: it holds the output open.
      signalProcess(-(child.pid ?? 0), 'SIGKILL');
      const usage = tree?.finish(await counted) ?? { cpuMs: 0, memoryByteSeconds: 0, memoryBytesMax: 0 };
      resolve({ code, signal, usage, ...(tree?.passed === undefined ? {} : { passed: tree.passed }) });
    });
  });
  // Whoever does not ask how it ended need not hear that it never began.
  exit.catch(() => {});
  return { child, exit, kill: () => tree?.kill() };
}

/** The second line of `times` is that of the children: `0m0.140000s 0m0.010000s`. */
async function readTimes(child: ChildProcess): Promise<number> {
  const pipe = child.stdio[3];
  if (!pipe || !('read' in pipe)) return 0;
  const [, children = ''] = (await text(pipe).catch(() => '')).split('\n');
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1_000,
    0,
  );
}
