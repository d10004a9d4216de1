import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApp, type TestApp } from '../../testing/test-app.ts';
import { followEvents, headOf } from './index.ts';

const PROCESSES = 4;
const EVENTS_EACH = 150;
const writer = fileURLToPath(new URL('../../testing/event-writer-process.ts', import.meta.url));

// Several processes can only share PostgreSQL: on SQLite one process owns the folder. Hence the name of this file.
describe('with writers in several processes', () => {
  let test: TestApp;
  beforeAll(async () => {
    test = await openTestApp();
  });
  afterAll(() => test.close());

  it('a reader never skips and never repeats an event', async () => {
    const { organizationId } = await test.newTenant('processes');
    const start = (await headOf(test.system, organizationId)).seq;
    const controller = new AbortController();
    const seqs: number[] = [];
    const reading = (async () => {
      for await (const events of followEvents(test.system, organizationId, {
        afterSeq: start,
        filter: { types: ['test'] },
        signal: controller.signal,
      })) {
        seqs.push(...events.map((event) => event.seq));
        if (seqs.length >= PROCESSES * EVENTS_EACH) controller.abort();
      }
    })();
    const writers = Array.from({ length: PROCESSES }, () =>
      spawn(process.execPath, [writer, organizationId, String(EVENTS_EACH)], {
        env: { ...process.env, DATABASE_URL: test.database.databaseUrl },
        stdio: ['ignore', 'inherit', 'inherit'],
      }),
    );
    const codes = await Promise.all(writers.map(async (child) => (await once(child, 'exit'))[0]));
    expect(codes).toEqual(writers.map(() => 0));
    await reading;
    expect(seqs).toEqual(Array.from({ length: PROCESSES * EVENTS_EACH }, (_, index) => start + index + 1));
  });
});
