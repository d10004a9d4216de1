#!/usr/bin/env node
import { CommanderError } from 'commander';
import { reportFailure, USAGE } from './failure.ts';
import { program } from './program.ts';

try {
  await program().parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed the reason; help and version are no failures.
    process.exitCode = error.exitCode === 0 ? 0 : USAGE;
  } else {
    process.exitCode = reportFailure(error);
  }
}
