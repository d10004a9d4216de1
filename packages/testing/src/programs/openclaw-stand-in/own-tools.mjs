import { spawn } from 'node:child_process';

const shell = ({ command }) => run(command);

/** The tools of its own that the stand-in has by its configuration: its shell, and one that a plugin brought, in no group. */
export function ownTools({ tools: { deny = [] } = {} }) {
  const isDenied = deny.includes('exec') || deny.includes('group:runtime');
  return new Map([...(isDenied ? [] : [['exec', shell]]), ['plugin_exec', shell]]);
}

function run(command) {
  return new Promise((resolve) => {
    const child = spawn('/bin/sh', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.once('close', (code) => resolve({ content: output, is_error: code !== 0 }));
  });
}
