import { existsSync } from 'node:fs';
import { type ProcessResult, runProcess } from './run-process.ts';

export interface SandboxCommand {
  command: string;
  /** The only folder that it can write to, seen as /workspace. */
  workspace: string;
  timeoutMs: number;
  signal: AbortSignal;
}

export interface Sandbox {
  kind: 'bubblewrap' | 'none';
  /** For people: what holds the commands, or why nothing does. */
  description: string;
  run(command: SandboxCommand): Promise<ProcessResult>;
}

const OUTPUT_BYTES_MAX = 200_000;
const MEMORY_BYTES_MAX = 2_147_483_648;
const FILE_BYTES_MAX = 536_870_912;
const PROCESSES_MAX = 256;
const PROBE_TIMEOUT_MS = 5_000;

/** What of the host a command may see, never write. */
const SYSTEM_FOLDERS = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/etc/alternatives', '/etc/ssl'];
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/workspace', LANG: 'C.UTF-8', TERM: 'dumb' };

/** The best sandbox that this machine has, tried once: namespaces may be refused although the program is there. */
export async function openSandbox(): Promise<Sandbox> {
  const probe = await runProcess({
    file: 'bwrap',
    args: [...bubblewrapArguments('/tmp'), '/bin/sh', '-c', 'exit 0'],
    cwd: '/',
    environment: { PATH: ENVIRONMENT.PATH },
    timeoutMs: PROBE_TIMEOUT_MS,
    outputBytesMax: 4_096,
    signal: new AbortController().signal,
  }).catch((error: NodeJS.ErrnoException) => ({ exitCode: -1, output: error.code ?? error.message }));
  if (probe.exitCode === 0) {
    return {
      kind: 'bubblewrap',
      description: 'Commands run in bubblewrap: the workspace only, no network, limits on memory, processes and files.',
      run: (command) => inBubblewrap(command),
    };
  }
  const why = probe.output === 'ENOENT' ? 'bubblewrap is not installed' : 'this machine refuses user namespaces';
  return {
    kind: 'none',
    description: `Commands run without a sandbox, since ${why}: each is asked about first.`,
    run: (command) => withoutSandbox(command),
  };
}

function inBubblewrap({ command, workspace, timeoutMs, signal }: SandboxCommand): Promise<ProcessResult> {
  return runProcess({
    file: 'bwrap',
    args: [...bubblewrapArguments(workspace), ...limited(command, timeoutMs)],
    cwd: '/',
    environment: { PATH: ENVIRONMENT.PATH },
    timeoutMs,
    outputBytesMax: OUTPUT_BYTES_MAX,
    signal,
  });
}

function withoutSandbox({ command, workspace, timeoutMs, signal }: SandboxCommand): Promise<ProcessResult> {
  const [file = 'prlimit', ...args] = limited(command, timeoutMs);
  return runProcess({
    file,
    args,
    cwd: workspace,
    environment: { ...ENVIRONMENT, HOME: workspace },
    timeoutMs,
    outputBytesMax: OUTPUT_BYTES_MAX,
    signal,
  });
}

/** Bounds that the kernel holds, whatever the command does. */
function limited(command: string, timeoutMs: number): string[] {
  return [
    'prlimit',
    `--as=${MEMORY_BYTES_MAX}`,
    `--fsize=${FILE_BYTES_MAX}`,
    `--nproc=${PROCESSES_MAX}`,
    `--cpu=${Math.ceil(timeoutMs / 1000) + 1}`,
    '--core=0',
    '--',
    '/bin/sh',
    '-c',
    command,
  ];
}

function bubblewrapArguments(workspace: string): string[] {
  const system = SYSTEM_FOLDERS.filter((folder) => existsSync(folder)).flatMap((folder) => [
    '--ro-bind',
    folder,
    folder,
  ]);
  return [
    '--unshare-all',
    '--die-with-parent',
    '--new-session',
    '--cap-drop',
    'ALL',
    ...system,
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    '--tmpfs',
    '/tmp',
    '--bind',
    workspace,
    '/workspace',
    '--chdir',
    '/workspace',
    '--clearenv',
    ...Object.entries(ENVIRONMENT).flatMap(([name, value]) => ['--setenv', name, value]),
  ];
}
