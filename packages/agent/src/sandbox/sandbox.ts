import { tmpdir } from 'node:os';
import { inBubblewrap } from './bubblewrap.ts';
import { type Launch, type MeteredProcess, openProcessStarter } from './metered-process.ts';
import type { SandboxNetwork } from './network.ts';
import type { ResourceGroup } from './resource-group.ts';
import { type ProcessResult, runProcess } from './run-process.ts';
import type { ConfinedProgram, SandboxedProcess, SandboxProgram } from './sandbox-program.ts';
import { withoutSandbox } from './without-sandbox.ts';

/** A shell command to be run to its end. */
export interface SandboxCommand {
  command: string;
  /** The only folder that it can write to, seen as /workspace. */
  workspace: string;
  network: SandboxNetwork;
  /** Further folders or files, to be read only: host path → path inside. */
  readOnly: Readonly<Record<string, string>>;
  /** Variables beside those of the sandbox itself. */
  environment?: Readonly<Record<string, string>>;
  /** What it may use together with others; absent: what there is. */
  group?: ResourceGroup;
  timeoutMs: number;
  signal: AbortSignal;
}

/** Where the commands and programs of agents run. */
export interface Sandbox {
  kind: 'bubblewrap' | 'none';
  /** For people: what holds the commands, or why nothing does. */
  description: string;
  /** Where a proxy has to listen so that what runs here reaches it. */
  proxyListensOn: 'socket' | 'loopback';
  run(command: SandboxCommand): Promise<ProcessResult>;
  /** Starts a program that is talked to. It dies with the server. */
  start(program: SandboxProgram): SandboxedProcess;
}

const OUTPUT_BYTES_MAX = 200_000;
const PROBE_TIMEOUT_MS = 5_000;

type Start = Awaited<ReturnType<typeof openProcessStarter>>;

/** The best sandbox that this machine has, tried once: namespaces may be refused although the program is there. */
export async function openSandbox(): Promise<Sandbox> {
  const start = await openProcessStarter();
  const held = sandboxOf(start, inBubblewrap);
  const probe = await held
    .run({
      command: 'exit 0',
      workspace: tmpdir(),
      network: { kind: 'off' },
      readOnly: {},
      timeoutMs: PROBE_TIMEOUT_MS,
      signal: new AbortController().signal,
    })
    .catch((error: NodeJS.ErrnoException) => ({ exitCode: 127, output: error.message }));
  if (probe.exitCode === 0) {
    return {
      ...held,
      kind: 'bubblewrap',
      description:
        'Commands run in bubblewrap: the workspace only, no network but what they are given, limits on memory, processes and files.',
      proxyListensOn: 'socket',
    };
  }
  const why = probe.exitCode === 127 ? 'bubblewrap is not installed' : 'this machine refuses user namespaces';
  return {
    ...sandboxOf(start, withoutSandbox),
    kind: 'none',
    description: `Commands run without a sandbox, since ${why}: each is asked about first, and nothing keeps them from the network.`,
    proxyListensOn: 'loopback',
  };
}

function sandboxOf(start: Start, launchOf: (program: ConfinedProgram) => Launch): Pick<Sandbox, 'run' | 'start'> {
  return {
    run: async ({ command, timeoutMs, signal, environment = {}, ...confinement }) => {
      const launch = launchOf({
        ...confinement,
        file: '/bin/sh',
        args: ['-c', command],
        environment,
        cpuSecondsMax: Math.ceil(timeoutMs / 1_000) + 1,
      });
      return runProcess(() => start(launch, 'ignore'), { timeoutMs, outputBytesMax: OUTPUT_BYTES_MAX, signal });
    },
    start: (program) => sandboxed(start(launchOf(program), 'pipe'), program.signal),
  };
}

function sandboxed({ child, exit, kill }: MeteredProcess, signal: AbortSignal): SandboxedProcess {
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error('The program was started without pipes.');
  // Who writes to a program that has ended hears of it by its exit.
  stdin.on('error', () => {});
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  const settle = () => signal.removeEventListener('abort', kill);
  exit.then(settle, settle);
  return { stdin, stdout, stderr, exit, kill };
}
