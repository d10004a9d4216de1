import { ensureInstalled } from './install.mjs';
import { runNode } from './run.mjs';

ensureInstalled();
process.exitCode = await runNode(['bench/main.ts', ...process.argv.slice(2)]);
