import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApp, type Tenant, type TestApp } from '../../testing/test-app.ts';
import { newestEvents } from '../events/index.ts';
import { createGroup, listConversations, listMessages, loadConversation, sendMessage } from './index.ts';

let test: TestApp;
let tenant: Tenant;

beforeAll(async () => {
  test = await openTestApp({ manualClock: true });
  tenant = await test.newTenant('chat');
});
afterAll(() => test.close());

describe('a direct conversation', () => {
  it('is one for two participants, whoever speaks first, also when both do at once', async () => {
    const { office } = await test.newOffice(tenant, 'aria');
    const sent = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        sendMessage(tenant.context, office.id, { to: { name: 'aria' }, content: `hi ${index}` }),
      ),
    );
    expect(new Set(sent.map((one) => one.conversation.id)).size).toBe(1);
    expect((await listMessages(tenant.context, sent[0]?.conversation.id ?? '', { limit: 50 })).items).toHaveLength(6);
  });

  it('is hidden from agents that take no part in it', async () => {
    const { office, agents } = await test.newOffice(tenant, 'inside', 'outside');
    const { conversation } = await sendMessage(tenant.context, office.id, {
      to: { name: 'inside' },
      content: 'a secret',
    });
    const [inside, outside] = await Promise.all(agents.map((agent) => test.asAgent(agent)));
    if (inside === undefined || outside === undefined) throw new Error('two agents were hired');
    expect((await loadConversation(inside, office.id, conversation.id, 'chat:read')).id).toBe(conversation.id);
    await expect(loadConversation(outside, office.id, conversation.id, 'chat:read')).rejects.toMatchObject({
      code: 'not_found',
    });
    expect((await listConversations(outside, office.id, 'direct', { limit: 10 })).items).toEqual([]);
  });

  it('lets nobody speak under an agent’s name', async () => {
    const { office } = await test.newOffice(tenant, 'aria', 'bo');
    await expect(
      sendMessage(tenant.context, office.id, { to: { name: 'aria' }, content: 'x', alias: 'bo' }),
    ).rejects.toMatchObject({ code: 'validation_failed', detail: { field: 'from' } });
  });
});

describe('the loop guard', () => {
  it('damps agents that talk to each other, visibly, and never people', async () => {
    const { office, agents } = await test.newOffice(tenant, 'ping', 'pong');
    const [ping, pong] = await Promise.all(agents.map((agent) => test.asAgent(agent)));
    if (ping === undefined || pong === undefined) throw new Error('two agents were hired');
    const woken: number[] = [];
    for (let round = 0; round < 4; round++) {
      woken.push((await sendMessage(ping, office.id, { to: { name: 'pong' }, content: 'ping' })).receiptIds.length);
      woken.push((await sendMessage(pong, office.id, { to: { name: 'ping' }, content: 'pong' })).receiptIds.length);
    }
    expect(woken).toEqual([1, 1, 1, 0, 0, 0, 0, 0]);
    const suppressed = await newestEvents(
      test.system,
      tenant.organizationId,
      { officeId: office.id, types: ['message.reply_suppressed'] },
      10,
    );
    expect(suppressed).toHaveLength(5);
    test.clock?.advance(5 * 60_000 + 1);
    expect((await sendMessage(ping, office.id, { to: { name: 'pong' }, content: 'ping' })).receiptIds).toHaveLength(1);
    for (let round = 0; round < 6; round++) {
      expect(
        (await sendMessage(tenant.context, office.id, { to: { name: 'ping' }, content: 'hello?' })).receiptIds,
      ).toHaveLength(1);
    }
  });
});

it('a group takes only agents of its office', async () => {
  const { office } = await test.newOffice(tenant, 'aria');
  await expect(createGroup(tenant.context, office.id, { members: ['aria', 'nobody'] })).rejects.toMatchObject({
    code: 'not_found',
  });
});
