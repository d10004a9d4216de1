import { defineConfig } from 'vitest/config';

/**
 * What does not depend on the engine runs once; what does runs on each. A file named `*.postgres.test.ts` or
 * `*.browser.test.ts`, `*.dovecot.test.ts`, `*.onnx.test.ts` or `*.xmtp.test.ts` needs that to be there. `scripts/test.mjs` chooses the projects by
 * what this machine has.
 */
const engineTests = ['apps/server/src/**/*.test.ts', 'packages/cortex/src/**/*.test.ts'];
const onPostgresOnly = ['**/*.postgres.test.ts'];
const inBrowser = ['**/*.browser.test.ts'];
const withDovecot = ['**/*.dovecot.test.ts'];
const withOnnx = ['**/*.onnx.test.ts'];
const withXmtp = ['**/*.xmtp.test.ts'];
const shared = { pool: 'forks' as const, testTimeout: 120_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...shared,
          name: 'once',
          include: ['packages/*/src/**/*.test.ts', 'apps/cli/src/**/*.test.ts'],
          exclude: [...engineTests, ...onPostgresOnly, ...inBrowser, ...withDovecot, ...withOnnx, ...withXmtp],
        },
      },
      {
        test: {
          ...shared,
          name: 'sqlite',
          include: engineTests,
          exclude: [...onPostgresOnly, ...inBrowser, ...withOnnx, ...withXmtp],
          env: { GUILDHALL_TEST_ENGINE: 'sqlite' },
        },
      },
      {
        test: {
          ...shared,
          name: 'postgres',
          include: [...engineTests, 'packages/storage/src/**/*.postgres.test.ts'],
          exclude: [...inBrowser, ...withOnnx, ...withXmtp],
          env: { GUILDHALL_TEST_ENGINE: 'postgres' },
        },
      },
      { test: { ...shared, name: 'dovecot', include: withDovecot } },
      { test: { ...shared, name: 'onnx', include: withOnnx, env: { GUILDHALL_TEST_ENGINE: 'sqlite' } } },
      { test: { ...shared, name: 'xmtp', include: withXmtp, env: { GUILDHALL_TEST_ENGINE: 'sqlite' } } },
      { test: { ...shared, name: 'xmtp-postgres', include: withXmtp, env: { GUILDHALL_TEST_ENGINE: 'postgres' } } },
      // The memory once more, on a PostgreSQL that has pgvector.
      {
        test: {
          ...shared,
          name: 'pgvector',
          include: ['packages/cortex/src/**/*.test.ts'],
          exclude: withOnnx,
          env: { GUILDHALL_TEST_ENGINE: 'pgvector' },
        },
      },
      { test: { ...shared, name: 'browser', include: inBrowser, env: { GUILDHALL_TEST_ENGINE: 'sqlite' } } },
    ],
  },
});
