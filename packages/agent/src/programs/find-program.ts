import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** Whether a program is there, and what to do when it is not. */
export interface ProgramStatus {
  isAvailable: boolean;
  version?: string;
  path?: string;
  /** What is missing, and how to get it. */
  missing?: string;
}

const VERSION_TIMEOUT_MS = 10_000;
const VERSION_BYTES_MAX = 8_192;
const INSTALL: Readonly<Record<string, string>> = {
  claude: 'npm install -g @anthropic-ai/claude-code (2.x)',
  openclaw: 'npm install -g openclaw',
};

/** Looks for the program in PATH-like folders and asks its version, bounded in time. Never throws. */
export async function findProgram(
  name: string,
  folders: readonly string[],
  versionOf: (output: string) => string | undefined,
): Promise<ProgramStatus> {
  const path = await firstExecutable(name, folders);
  const howTo = INSTALL[name] === undefined ? '' : ` Get it with: ${INSTALL[name]}.`;
  if (path === undefined) return { isAvailable: false, missing: `The program "${name}" is not installed.${howTo}` };
  const output = await versionOutput(path, folders);
  const version = output === undefined ? undefined : versionOf(output);
  if (version === undefined)
    return { isAvailable: false, path, missing: `"${path}" does not tell a version that is understood.${howTo}` };
  return { isAvailable: true, path, version };
}

async function firstExecutable(name: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    try {
      const path = join(folder, name);
      await access(path, constants.X_OK);
      return await realpath(path);
    } catch {
      // The next folder may have it.
    }
  }
  return undefined;
}

async function versionOutput(path: string, folders: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], {
      cwd: '/',
      // A script finds its interpreter in the same folders, or has ours; nothing else of ours is its business.
      env: {
        PATH: [...folders, dirname(process.execPath), '/usr/bin', '/bin'].join(':'),
        HOME: '/nonexistent',
        LANG: 'C.UTF-8',
      },
      timeout: VERSION_TIMEOUT_MS,
      killSignal: 'SIGKILL',
      maxBuffer: VERSION_BYTES_MAX,
    });
    return stdout;
  } catch {
    return undefined;
  }
}
