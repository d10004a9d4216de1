import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled, nodePath, root } from './install.mjs';
import { runNode } from './run.mjs';

ensureInstalled();
const given = process.argv.slice(2);
const here = JSON.parse(spawnSync(nodePath(), [join(root, 'scripts/surroundings.ts')], { encoding: 'utf8' }).stdout);
const say = (line) => process.stdout.write(`${line}\n`);
/** Projects of vitest.config.ts that this machine cannot run: named here to be left out, so that no other can be forgotten. */
const leftOut = [];
if (here.postgres === null) {
  say('Skipped: the PostgreSQL runs of the suite; none answers at 127.0.0.1:5432 and TEST_DATABASE_URL is not set.');
  leftOut.push('postgres');
}
if (here.redis === null)
  say('Note: no Redis answers at 127.0.0.1:6379 and TEST_REDIS_URL is not set; nothing needs it yet.');
if (here.chromium === null) {
  say('Skipped: the pages in a real browser; no Chromium in the usual places and CHROMIUM_PATH is not set.');
  leftOut.push('browser');
}

if (here.dovecot === null) {
  say('Skipped: reading a mailbox over IMAP; no Dovecot in the usual places, or not run by root.');
  leftOut.push('dovecot');
}
if (here.transformers === null) {
  say('Skipped: vectors of a local ONNX model; TRANSFORMERS_PATH is not set (see CONTRIBUTING.md).');
  leftOut.push('onnx');
}
if (here.xmtp === null) {
  say('Skipped: agents on the XMTP network; XMTP_PATH is not set (see CONTRIBUTING.md).');
  leftOut.push('xmtp', 'xmtp-postgres');
} else if (here.postgres === null) leftOut.push('xmtp-postgres');

const report = join(tmpdir(), `guildhall-tests-${randomUUID()}.json`);
const code = await runNode(
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    ...leftOut.map((name) => `--project=!${name}`),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...given,
  ],
  {
    env: {
      TEST_DATABASE_URL: here.postgres ?? '',
      TEST_REDIS_URL: here.redis ?? '',
      CHROMIUM_PATH: here.chromium ?? '',
    },
  },
);
try {
  const {
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: pending,
    numTodoTests: todo,
    testResults,
  } = JSON.parse(readFileSync(report, 'utf8'));
  // A file that could not even be loaded has no tests to count, and is a failure all the same.
  const broken = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
  say(`${passed} passed, ${failed + broken} failed, ${pending + todo} skipped`);
} catch {
  say('0 passed, 1 failed, 0 skipped');
} finally {
  rmSync(report, { force: true });
}
process.exitCode = code;
