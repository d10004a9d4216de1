import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Row } from './report.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What an install for production weighs, from a fresh copy of the tracked files. */
export async function benchInstall(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-install-'));
  try {
    for (const file of execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).trim().split('\n'))
      cpSync(join(root, file), join(folder, file));
    execFileSync('npm', ['ci', '--omit=dev', '--loglevel=error'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const kilobytes = Number(
      execFileSync('du', ['-sk', join(folder, 'node_modules')], { encoding: 'utf8' }).split('\t')[0],
    );
    const packages = Object.keys(
      (JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8')) as { packages: object })
        .packages,
    ).length;
    return [
      {
        what: 'npm ci --omit=dev',
        measured: `${(kilobytes / 1024).toFixed(0)} MB, ${packages} packages`,
        aim: '<= 250 MB',
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
