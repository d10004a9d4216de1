import { eventually } from '@guildhall/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openTestApp, type Tenant, type TestApp } from '../../testing/test-app.ts';
import { verifyAudit } from '../audit/index.ts';
import { inTransaction, record } from '../context/index.ts';
import { followEvents, headOf, newestEvents, pruneEvents, readEvents } from './index.ts';

let test: TestApp;
let tenant: Tenant;

beforeAll(async () => {
  test = await openTestApp({ manualClock: true });
  tenant = await test.newTenant('events');
});
afterAll(() => test.close());

const write = (organizationId: string, ...names: string[]) =>
  inTransaction(test.system, async (tx) => {
    for (const name of names) record(tx, { organizationId, type: 'test.happened', subjectId: name, data: { name } });
  });

describe('the log', () => {
  it('has no gap and no repeat under concurrent writers', async () => {
    const { organizationId } = await test.newTenant('concurrent');
    const before = (await headOf(test.system, organizationId)).seq;
    await Promise.all(Array.from({ length: 60 }, (_, index) => write(organizationId, `a${index}`, `b${index}`)));
    const events = await readEvents(test.system, organizationId, before, {}, 1000);
    expect(events.map((event) => event.seq)).toEqual(Array.from({ length: 120 }, (_, index) => before + index + 1));
  });

  it('keeps nothing of a transaction that failed', async () => {
    const { organizationId } = await test.newTenant('failed');
    const before = await headOf(test.system, organizationId);
    const attempt = inTransaction(test.system, async (tx) => {
      record(tx, { organizationId, type: 'test.happened', subjectId: 'x', data: {} });
      throw new Error('changed my mind');
    });
    await expect(attempt).rejects.toThrow('changed my mind');
    expect(await headOf(test.system, organizationId)).toEqual(before);
    expect(await newestEvents(test.system, organizationId, { types: ['test'] }, 10)).toEqual([]);
  });

  it('filters by leading segments of the type, not by letters', async () => {
    const { organizationId } = await test.newTenant('filters');
    await inTransaction(test.system, async (tx) => {
      for (const type of ['task.created', 'tasks.other', 'task.done.late', 'task'])
        record(tx, { organizationId, type, subjectId: 'x', data: {} });
    });
    const types = (await newestEvents(test.system, organizationId, { types: ['task'] }, 10)).map((event) => event.type);
    expect(types.sort()).toEqual(['task', 'task.created', 'task.done.late']);
  });

  it('says so when a cursor lies before what is kept', async () => {
    const { organizationId } = await test.newTenant('pruned');
    await write(organizationId, 'old');
    const old = await headOf(test.system, organizationId);
    test.clock?.advance(1000);
    await write(organizationId, 'new');
    expect(await pruneEvents(test.system, test.house.clock.now())).toBeGreaterThan(0);
    await expect(readEvents(test.system, organizationId, 0, {}, 10)).rejects.toMatchObject({
      code: 'cursor_expired',
      detail: { floor: old.seq },
    });
    expect((await readEvents(test.system, organizationId, old.seq, {}, 10)).map((event) => event.subject_id)).toEqual([
      'new',
    ]);
  });
});

describe('followers of one log', () => {
  const types = ['task.created', 'task', 'tasks.other', 'file.uploaded', 'message.sent'];
  const words = fc.option(fc.constantFrom('a', 'b'), { nil: undefined });
  const filters = fc.record(
    {
      agentId: words,
      subjectId: words,
      actorId: fc.option(fc.constantFrom('guildhall', 'other'), { nil: undefined }),
      actorKinds: fc.option(fc.subarray(['system', 'user']), { nil: undefined }),
      types: fc.option(fc.subarray(['task', 'file', 'message.sent', 'tasks']), { nil: undefined }),
      sinceAt: fc.option(fc.constant(0), { nil: undefined }),
    },
    { requiredKeys: [] },
  );

  it('are told by the same ring, all of them, and do not wait for the next look', async () => {
    const { organizationId } = await test.newTenant('rung');
    // The look that makes up for lost rings never comes.
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const controller = new AbortController();
    try {
      const start = (await headOf(test.system, organizationId)).seq;
      const seen = Array.from({ length: 6 }, () => 0);
      const following = seen.map(async (_, index) => {
        const options = { afterSeq: start, filter: {}, signal: controller.signal };
        for await (const events of followEvents(test.system, organizationId, options))
          seen[index] = (seen[index] ?? 0) + events.length;
      });
      for (const count of [1, 2, 3]) {
        await inTransaction(test.system, async (tx) => {
          record(tx, { organizationId, type: 'task.created', subjectId: 'a', data: {} });
        });
        await eventually('everybody has seen it', () => seen.every((events) => events === count) || undefined);
      }
      controller.abort();
      await Promise.all(following);
    } finally {
      controller.abort();
      vi.useRealTimers();
    }
  });

  it('see by their filters just what the log would answer, whoever reads it for them', async () => {
    const { organizationId } = await test.newTenant('shared');
    const drafts = fc.record({ type: fc.constantFrom(...types), subjectId: fc.constantFrom('a', 'b'), agentId: words });
    await fc.assert(
      fc.asyncProperty(
        fc.array(filters, { minLength: 1, maxLength: 4 }),
        fc.array(fc.array(drafts, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 }),
        async (asked, transactions) => {
          const start = (await headOf(test.system, organizationId)).seq;
          const controller = new AbortController();
          const seen = asked.map(() => [] as number[]);
          const following = asked.map(async (filter, index) => {
            const options = { afterSeq: start, filter, signal: controller.signal };
            for await (const events of followEvents(test.system, organizationId, options))
              seen[index]?.push(...events.map(({ seq }) => seq));
          });
          for (const written of transactions)
            await inTransaction(test.system, async (tx) => {
              for (const draft of written) record(tx, { organizationId, data: {}, ...draft });
            });
          const expected = await Promise.all(
            asked.map(async (filter) =>
              (await readEvents(test.system, organizationId, start, filter, 1_000)).map(({ seq }) => seq),
            ),
          );
          await eventually('everybody has seen what is theirs', () =>
            seen.every((seqs, index) => seqs.length >= (expected[index]?.length ?? 0)) ? true : undefined,
          );
          controller.abort();
          await Promise.all(following);
          expect(seen).toEqual(expected);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('lose nothing when they are far behind, and when more is written at once than is kept', async () => {
    const { organizationId } = await test.newTenant('behind');
    const start = (await headOf(test.system, organizationId)).seq;
    const controller = new AbortController();
    const seen: number[][] = [[], []];
    const follow = async (index: number, afterSeq: number) => {
      const options = { afterSeq, filter: {}, signal: controller.signal };
      for await (const events of followEvents(test.system, organizationId, options))
        seen[index]?.push(...events.map(({ seq }) => seq));
    };
    const first = follow(0, start);
    await write(organizationId, ...Array.from({ length: 450 }, (_, index) => `e${index}`));
    await write(organizationId, ...Array.from({ length: 350 }, (_, index) => `f${index}`));
    const second = follow(1, start);
    const all = Array.from({ length: 800 }, (_, index) => start + index + 1);
    await eventually('both have seen everything', () =>
      seen.every((seqs) => seqs.length >= all.length) ? true : undefined,
    );
    controller.abort();
    await Promise.all([first, second]);
    expect(seen).toEqual([all, all]);
  });
});

describe('a follower', () => {
  it('sees everything once, in order, across a resume, while writers go on', async () => {
    const { organizationId } = await test.newTenant('follower');
    const start = (await headOf(test.system, organizationId)).seq;
    const writing = (async () => {
      for (let index = 0; index < 80; index++) await write(organizationId, `e${index}`);
    })();
    const seen: string[] = [];
    let cursor = start;
    while (seen.length < 80) {
      const controller = new AbortController();
      for await (const events of followEvents(test.system, organizationId, {
        afterSeq: cursor,
        filter: {},
        signal: controller.signal,
      })) {
        seen.push(...events.map((event) => event.subject_id));
        cursor = events.at(-1)?.seq ?? cursor;
        // Leave in the middle, over and over.
        if (seen.length % 3 === 0 || seen.length >= 80) controller.abort();
      }
    }
    await writing;
    expect(seen).toEqual(Array.from({ length: 80 }, (_, index) => `e${index}`));
  });

  it('ends when it is told to, without an event', async () => {
    const controller = new AbortController();
    const following = (async () => {
      for await (const _ of followEvents(test.system, tenant.organizationId, { filter: {}, signal: controller.signal }))
        throw new Error('nothing was written');
    })();
    controller.abort();
    await following;
  });
});

describe('the audit chain', () => {
  it('holds over everything that was recorded, and shows a changed, a missing and a cut entry', async () => {
    const { organizationId } = await test.newTenant('audited');
    for (let index = 0; index < 10; index++) await write(organizationId, `entry ${index}`);
    const db = test.house.engine.db;
    const { entries, brokenAtSeq } = await verifyAudit(test.system, organizationId);
    expect(entries).toBeGreaterThanOrEqual(10);
    expect(brokenAtSeq).toBeUndefined();

    const original = await db
      .selectFrom('audit_entries')
      .selectAll()
      .where('stream', '=', organizationId)
      .where('seq', '=', 5)
      .executeTakeFirstOrThrow();
    await db
      .updateTable('audit_entries')
      .set({ payload: '{"forged":true}' })
      .where('stream', '=', organizationId)
      .where('seq', '=', 5)
      .execute();
    expect((await verifyAudit(test.system, organizationId)).brokenAtSeq).toBe(5);
    await db
      .updateTable('audit_entries')
      .set({ payload: original.payload })
      .where('stream', '=', organizationId)
      .where('seq', '=', 5)
      .execute();
    await db.deleteFrom('audit_entries').where('stream', '=', organizationId).where('seq', '=', entries).execute();
    expect((await verifyAudit(test.system, organizationId)).brokenAtSeq).toBe(entries);
    await db.deleteFrom('audit_entries').where('stream', '=', organizationId).where('seq', '=', 3).execute();
    expect((await verifyAudit(test.system, organizationId)).brokenAtSeq).toBe(3);
  });
});
