import { ensureInstalled } from './install.mjs';
import { runNode } from './run.mjs';

ensureInstalled();
process.exitCode = await runNode(['scripts/demo/demo.ts', ...process.argv.slice(2)]);
