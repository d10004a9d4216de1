import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { limited } from './kernel-limits.ts';
import type { Launch } from './metered-process.ts';
import { bridged, networkFiles, proxyVariables, type SandboxNetwork } from './network.ts';
import { PROGRAM_PATH, systemProgram } from './program-paths.ts';
import { BASE_ENVIRONMENT, type ConfinedProgram } from './sandbox-program.ts';

/** What of the host a command may see, never write. */
const SYSTEM_FOLDERS = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/etc/alternatives', '/etc/ssl'];
const WORKSPACE = '/workspace';
const TEMPORARY_BYTES_MAX = 512 * 1024 ** 2;
/** What the sandbox itself puts there: nothing else may take its place. */
const OWN_PATHS = [WORKSPACE, '/proc', '/dev', '/run/guildhall'];

/**
 * The first process inside: it waits for the command and whatever loses its parent, so that their processor time is counted
 * up to the shell outside (bubblewrap's own first process ends without being waited for). It writes nothing itself.
 */
const WAIT_FOR_ALL = 'exec 5>&2 2>/dev/null; "$@" 2>&5 5>&-; exit $?';

/** How bubblewrap runs a program: namespaces of its own, the workspace, what it may read, and nothing else. */
export function inBubblewrap(program: ConfinedProgram): Launch {
  const environment = {
    PATH: PROGRAM_PATH,
    ...BASE_ENVIRONMENT,
    ...program.environment,
    HOME: WORKSPACE,
    ...proxyVariables(program.network),
  };
  const command = limited([program.file, ...program.args], program);
  const inside =
    program.network.kind === 'proxy' ? bridged(command, environment, program.network.proxy) : { command, environment };
  return {
    file: systemProgram('bwrap'),
    args: ['--args', '4', '--', '/bin/sh', '-c', WAIT_FOR_ALL, 'sh', ...inside.command],
    hiddenArgs: [
      ...namespaces(program.network),
      ...SYSTEM_FOLDERS.flatMap((folder) => readOnlyBind(folder, folder)),
      ...['--proc', '/proc', '--dev', '/dev', ...temporary('/dev/shm'), ...temporary('/tmp')],
      ...Object.entries(networkFiles(program.network)).flatMap(([path, inside]) => readOnlyBind(path, inside)),
      ...Object.entries(program.readOnly).flatMap(([path, inside]) => ['--ro-bind', path, checkedInside(inside)]),
      ...['--bind', program.workspace, WORKSPACE, '--chdir', WORKSPACE],
      '--clearenv',
      ...Object.entries(inside.environment).flatMap(([name, value]) => ['--setenv', name, value]),
    ],
    cwd: '/',
    environment: { PATH: PROGRAM_PATH },
    ...(program.group === undefined ? {} : { group: program.group }),
  };
}

function namespaces(network: SandboxNetwork): string[] {
  return [
    '--unshare-all',
    ...(network.kind === 'open' ? ['--share-net'] : []),
    ...['--as-pid-1', '--die-with-parent', '--new-session', '--cap-drop', 'ALL'],
  ];
}

/** What is written there is memory of the machine: with a limit where bubblewrap knows one (0.7). */
function temporary(path: string): string[] {
  return [...(knowsSize() ? ['--size', String(TEMPORARY_BYTES_MAX)] : []), '--tmpfs', path];
}

let sizeIsKnown: boolean | undefined;

function knowsSize(): boolean {
  sizeIsKnown ??=
    spawnSync(systemProgram('bwrap'), ['--help'], { encoding: 'utf8' }).stdout?.includes('--size') === true;
  return sizeIsKnown;
}

function readOnlyBind(path: string, inside: string): string[] {
  return existsSync(path) ? ['--ro-bind', path, inside] : [];
}

function checkedInside(path: string): string {
  const clean = posix.normalize(path).replace(/(?<=.)\/$/, '');
  const isTaken = OWN_PATHS.some((own) => clean === own || clean.startsWith(`${own}/`) || own.startsWith(`${clean}/`));
  if (!clean.startsWith('/') || clean === '/' || isTaken)
    throw new Error(
      `"${path}" is no place for a folder inside of a sandbox: name a folder of its own, such as /drive.`,
    );
  return clean;
}
