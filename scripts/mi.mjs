import { ensureInstalled, root } from './install.mjs';
import { runNode } from './run.mjs';

ensureInstalled();
// npm changes into the project: paths on the command line are meant from where the user stands.
process.exitCode = await runNode([`${root}/apps/cli/src/main.ts`, ...process.argv.slice(2)], {
  cwd: process.env.INIT_CWD ?? process.cwd(),
});
