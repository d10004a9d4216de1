import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

/** The tools of its own that the stand-in has: enough to ask for permission, and to do something with it. */
export const ownTools = new Map([
  ['Bash', ({ command }) => run(command)],
  ['Write', ({ file_path, content }) => attempt(() => writeFileSync(file_path, content) ?? 'File created.')],
  ['Read', ({ file_path }) => attempt(() => readFileSync(file_path, 'utf8'))],
]);

function run(command) {
  return new Promise((resolve) => {
    const child = spawn('/bin/sh', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.once('close', (code) => resolve({ content: output, is_error: code !== 0 }));
  });
}

function attempt(work) {
  try {
    return { content: String(work()), is_error: false };
  } catch (error) {
    return { content: error.message, is_error: true };
  }
}
