import { limited } from './kernel-limits.ts';
import type { Launch } from './metered-process.ts';
import { proxyVariables } from './network.ts';
import { PROGRAM_PATH } from './program-paths.ts';
import { BASE_ENVIRONMENT, type ConfinedProgram } from './sandbox-program.ts';

/**
 * How a program runs where there is no sandbox: in its folder, with limits and the same environment, seeing whatever the server
 * sees. Its network is what the machine's is; a proxy it is only told of.
 */
export function withoutSandbox(program: ConfinedProgram): Launch {
  const [file = 'prlimit', ...args] = limited([onHost(program), ...program.args], program);
  return {
    file,
    args,
    cwd: program.workspace,
    environment: {
      PATH: PROGRAM_PATH,
      ...BASE_ENVIRONMENT,
      ...program.environment,
      HOME: program.workspace,
      ...proxyVariables(program.network),
    },
    ...(program.group === undefined ? {} : { group: program.group }),
  };
}

/** Where the program's file lies, when it is named by its path inside of a sandbox. */
function onHost({ file, readOnly, workspace }: ConfinedProgram): string {
  const folders: [string, string][] = [...Object.entries(readOnly), [workspace, '/workspace']];
  for (const [path, inside] of folders) {
    if (file === inside) return path;
    if (file.startsWith(`${inside}/`)) return `${path}${file.slice(inside.length)}`;
  }
  return file;
}
