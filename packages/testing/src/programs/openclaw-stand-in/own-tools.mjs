import { spawn } from 'node:child_process';

/** The one tool of its own that the stand-in has: its shell. */
export const ownTools = new Map([['exec', ({ command }) => run(command)]]);

function run(command) {
  return new Promise((resolve) => {
    const child = spawn('/bin/sh', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.once('close', (code) => resolve({ content: output, is_error: code !== 0 }));
  });
}
