import { existsSync } from 'node:fs';

/** Where commands look for programs, unless they are given another list. */
export const PROGRAM_PATH = '/usr/local/bin:/usr/bin:/bin';

/** The full path of a program of the system, or just its name where it is not found: then starting it says so. */
export function systemProgram(name: string): string {
  const folders = [...PROGRAM_PATH.split(':'), '/usr/sbin', '/sbin'];
  return folders.map((folder) => `${folder}/${name}`).find((path) => existsSync(path)) ?? name;
}
