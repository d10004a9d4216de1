import { MitosisClient } from '@guildhall/sdk';
import { eventually } from '@guildhall/testing';
import { describe, expect, it } from 'vitest';
import { openTestApp } from '../../testing/test-app.ts';

describe('an office out of credits', () => {
  it('refuses work that would begin now with 402, keeps what waits, and goes on when it has credits again', async () => {
    const poor = await openTestApp({ supervise: true, environment: { GUILDHALL_OFFICE_GRANT: '0' } });
    try {
      const own = await poor.newTenant('poor');
      const client = new MitosisClient({ endpoint: poor.url, apiKey: own.key });
      const { id } = await client.offices.create({ name: 'poor' });
      await client.employees.hire(id, { name: 'rex' });
      await client.employees.hire(id, { name: 'far', driver: 'external' });
      const refused = { status: 402, code: 'insufficient_credits', message: expect.stringContaining('out of credits') };
      await expect(client.messages.send(id, { to: 'rex', content: 'hello' })).rejects.toMatchObject(refused);
      await expect(client.tasks.create(id, { title: 'now', assigned_to: 'rex' })).rejects.toMatchObject(refused);
      const first = await client.tasks.create(id, { title: 'first' });
      await expect(client.tasks.update(id, first.id, { assigned_to: 'rex' })).rejects.toMatchObject(refused);
      expect(await client.tasks.list(id)).toHaveLength(1);
      expect(await client.xmtpApi.listConversations(id)).toEqual([]);
      // What costs the house nothing, and what only waits, is taken.
      await client.messages.send(id, { to: 'far', content: 'hello' });
      const later = await client.tasks.create(id, { title: 'later', assigned_to: 'rex', dependsOn: [first.id] });
      await client.tasks.update(id, first.id, { status: 'completed', result: 'Done.' });
      expect((await client.tasks.get(id, later.id)).status).toBe('queued');
      await client.credits.add(id, { amount: 5, reason: 'go on' });
      await client.messages.send(id, { to: 'rex', content: 'hello' });
      await eventually('the task that waited is taken up', async () =>
        (await client.tasks.get(id, later.id)).state === 'queued' ? undefined : true,
      );
    } finally {
      await poor.close();
    }
  });
});
