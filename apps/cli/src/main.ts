#!/usr/bin/env node
import { CommanderError } from 'commander';
import { reportFailure, USAGE } from './failure.ts';
import { program } from './program.ts';

// Who reads no further, as `head` does, is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

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
