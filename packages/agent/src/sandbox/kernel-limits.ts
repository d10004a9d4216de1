import { systemProgram } from './program-paths.ts';
import type { ConfinedProgram } from './sandbox-program.ts';

const MEMORY_BYTES_MAX = 2_147_483_648;
const FILE_BYTES_MAX = 536_870_912;
const PROCESSES_MAX = 256;

/** A command under bounds that the kernel holds, whatever the command does. Those on memory and time hold for each process. */
export function limited(
  command: readonly string[],
  { cpuSecondsMax, group }: Pick<ConfinedProgram, 'cpuSecondsMax' | 'group'>,
): string[] {
  return [
    systemProgram('prlimit'),
    // What is used, not what is reserved: several runtimes reserve far more than they ever touch.
    // Where it may hold less, twice that, since more is mapped than is touched; who holds it is stopped sooner (`resource-group.ts`).
    `--data=${Math.min(MEMORY_BYTES_MAX, 2 * (group?.resources.memoryBytesMax ?? MEMORY_BYTES_MAX))}`,
    `--fsize=${FILE_BYTES_MAX}`,
    `--nproc=${PROCESSES_MAX}`,
    `--cpu=${Math.ceil(cpuSecondsMax)}`,
    '--core=0',
    '--',
    ...command,
  ];
}
