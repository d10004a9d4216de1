import { MitosisClient } from '@guildhall/sdk';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { openTestApp } from './testing/test-app.ts';

it('works on a database whose order of text is that of a language, as on one of bytes', async () => {
  const test = await openTestApp({ locale: 'en-u-ka-shifted' });
  try {
    // What the database itself would say of the range in which events of tasks are looked for.
    const { rows } = await sql<{ found: boolean }>`select 'task.created' < 'task/' as found`.execute(
      test.house.engine.db,
    );
    expect(rows[0]?.found).toBe(false);
    const { key } = await test.newTenant('order');
    const mi = new MitosisClient({ endpoint: test.url, apiKey: key });
    const { id } = await mi.offices.create({ name: 'order' });
    const task = await mi.tasks.create(id, { title: 'One' });
    expect((await mi.events.list(id, { type: 'task' })).map(({ type }) => type)).toEqual(['task.created']);
    expect(await mi.tasks.logs(id, task.id)).toHaveLength(1);
    for (const name of ['a-b/x.md', 'a/b.md', 'B.md', 'a b/c.md', 'ab.md'])
      await mi.files.upload(id, name, Buffer.from(`In ${name} there is a heron.`));
    expect(await mi.tasks.list(id, { q: 'one' })).toHaveLength(1);
    await mi.tasks.create(id, { title: 'Ärger im Büro' });
    expect(await mi.tasks.list(id, { q: 'BÜRO ärger' })).toHaveLength(1);
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      names.push(
        ...(await mi.files.list(id, { limit: 2, ...(cursor === undefined ? {} : { cursor }) })).map(({ name }) => name),
      );
      cursor = mi.transport.lastCursor;
    } while (cursor !== undefined);
    expect(names).toEqual(['B.md', 'a b/c.md', 'a-b/x.md', 'a/b.md', 'ab.md']);
    await mi.files.deleteFolder(id, 'a', { recursive: true });
    expect((await mi.files.list(id)).map(({ name }) => name)).not.toContain('a/b.md');
    expect((await mi.files.list(id)).length).toBe(4);
    expect((await mi.cortex(id).answer({ query: 'heron' })).results.length).toBeGreaterThan(0);
  } finally {
    await test.close();
  }
});
