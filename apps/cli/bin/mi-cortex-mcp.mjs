#!/usr/bin/env node
// On whatever Node it is called: the program itself is TypeScript, which an older one does not run.
import { fileURLToPath } from 'node:url';
import { runNode } from '../../../scripts/run.mjs';

const program = fileURLToPath(new URL('../src/mi-cortex-mcp.ts', import.meta.url));
process.exitCode = await runNode([program, ...process.argv.slice(2)], { cwd: process.cwd() });
