import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { nodePath, root } from './install.mjs';

/** Where Node keeps what it compiled, so that a start does not compile the whole house again. */
const compileCache = process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules', '.cache', 'guildhall');

/** Runs a program on the pinned Node with our terminal, hands signals on, and resolves with its exit code. */
export function runNode(args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(nodePath(), ['--disable-warning=ExperimentalWarning', ...args], {
      cwd: options.cwd ?? root,
      stdio: 'inherit',
      env: { ...process.env, NODE_COMPILE_CACHE: compileCache, ...options.env },
    });
    const forward = (signal) => child.kill(signal);
    process.on('SIGINT', forward);
    process.on('SIGTERM', forward);
    child.on('error', (error) => {
      process.stderr.write(`${error.message}\n`);
      resolve(1);
    });
    child.on('exit', (code, signal) => {
      process.off('SIGINT', forward);
      process.off('SIGTERM', forward);
      resolve(code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : 1));
    });
  });
}
