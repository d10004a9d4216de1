// Runs on any Node from 20 on: installs what is missing, once, and finds the pinned Node 24.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'node_modules', '.guildhall-installed');

/** Installs the dependencies unless the lock file is the one that is installed already. */
export function ensureInstalled() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  if (existsSync(join(root, 'node_modules', '.package-lock.json')) && !existsSync(stamp) && isComplete()) {
    writeFileSync(stamp, wanted);
    return;
  }
  process.stderr.write('Installing dependencies (once; about half a minute) …\n');
  const npm = spawnSync('npm', ['ci', '--loglevel=error', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (npm.error !== undefined || npm.status !== 0) {
    process.stderr.write(
      `The installation failed${npm.error === undefined ? '' : `: ${npm.error.message}`}. Check the network and the disk, then run the command again.\n`,
    );
    process.exit(1);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

/** Somebody ran `npm ci` or `npm install` by hand: what the lock file asks for is there. */
function isComplete() {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const have = JSON.parse(readFileSync(join(root, 'node_modules', '.package-lock.json'), 'utf8')).packages;
  return Object.entries(lock).every(([path, entry]) => {
    const isOptional =
      path === '' || !path.startsWith('node_modules/') || entry.optional === true || entry.dev === true;
    return isOptional || have[path]?.version === entry.version;
  });
}

/** The pinned Node 24, or this one when it is new enough (an install without development dependencies). */
export function nodePath() {
  const pinned = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(pinned)) return pinned;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  process.stderr.write(
    `Guildhall needs Node 24 or newer; this is ${process.version}. Run "npm ci" (with development dependencies), which brings its own.\n`,
  );
  return process.exit(1);
}
