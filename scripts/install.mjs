// Runs on any Node from 20 on: installs what is missing, once, and finds the pinned Node 24.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'node_modules', '.guildhall-installed');

/** Installs the dependencies unless the lock file is the one that is installed already. */
export function ensureInstalled() {
  if (isInstalled()) return;
  // Two commands may be typed at once, and two installations in one folder destroy each other.
  const unlock = lockInstallation();
  try {
    if (isInstalled()) return;
    if (!isComplete()) install();
    mkdirSync(dirname(stamp), { recursive: true });
    writeFileSync(stamp, wantedStamp());
  } finally {
    unlock();
  }
}

function wantedStamp() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

function isInstalled() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === wantedStamp();
}

function install() {
  process.stderr.write('Installing dependencies (once; about half a minute) …\n');
  const npm = spawnSync('npm', ['ci', '--loglevel=error', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (npm.error === undefined && npm.status === 0) return;
  process.stderr.write(
    `The installation failed${npm.error === undefined ? '' : `: ${npm.error.message}`}. Check the network and the disk, then run the command again.\n`,
  );
  process.exit(1);
}

const LOCK_LOOK_MS = 250;

/** Waits for an installation in this folder that is under way. Returns the function that ends ours. */
function lockInstallation() {
  const lock = join(tmpdir(), `guildhall-install-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`);
  let isTold = false;
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      process.once('exit', () => rmSync(lock, { force: true }));
      return () => rmSync(lock, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!isAlive(lock)) {
      rmSync(lock, { force: true });
      continue;
    }
    if (!isTold) process.stderr.write('Another command is installing the dependencies; waiting for it …\n');
    isTold = true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_LOOK_MS);
  }
}

/** Whether the process that wrote the lock still runs. */
function isAlive(lock) {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    // Between making the file and writing to it there is a moment without a number: that is somebody at work.
    if (pid > 0) process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Somebody ran `npm ci` or `npm install` by hand: what the lock file asks for is there. */
function isComplete() {
  const hidden = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const have = JSON.parse(readFileSync(hidden, 'utf8')).packages;
  const isForUseOnly = have['node_modules/typescript'] === undefined;
  return Object.entries(lock).every(([path, entry]) => {
    const isLeftOut =
      !path.startsWith('node_modules/') || entry.optional === true || (entry.dev === true && isForUseOnly);
    return isLeftOut || have[path]?.version === entry.version;
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
