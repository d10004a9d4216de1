import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTestApp, type Tenant, type TestApp } from '../../testing/test-app.ts';
import type { Agent } from '../agents/index.ts';
import { type ChannelAccount, claimAccounts, renewAccounts } from '../channels/index.ts';
import { updateOfficeSettings } from '../offices/index.ts';
import { dropDeliveries, nextDelivery, noteSent, noteUnsent } from './channel-delivery.ts';
import { loadConversation } from './conversation-store.ts';
import { addMember } from './group.ts';
import { receiveMessage } from './receive.ts';
import { sendMessage } from './send.ts';

let test: TestApp;
let tenant: Tenant;
let officeId: string;
let agents: Agent[];
let accounts: Map<string, ChannelAccount>;
const LEASE_MS = 30_000;
const PEER = `0x${'Ab'.repeat(20)}`;
const peer = PEER.toLowerCase();

beforeAll(async () => {
  test = await openTestApp({ manualClock: true, environment: { GUILDHALL_OFFICE_GRANT: '0' } });
  tenant = await test.newTenant('receiver');
});
afterAll(() => test.close());
beforeEach(async () => {
  const made = await test.newOffice(tenant, 'aria', 'bert');
  officeId = made.office.id;
  agents = made.agents;
  for (const { id } of agents)
    await test.house.engine.db
      .insertInto('agent_integrations')
      .values({
        agent_id: id,
        integration_id: 'xmtp',
        office_id: officeId,
        is_enabled: true,
        status: 'pending',
        error: null,
        toggled_at: 0,
        reported_at: null,
      })
      .execute();
  accounts = await claimOurs('one');
});

/** Those of this office, among those that the tests before have left behind. */
async function claimOurs(holder: string): Promise<Map<string, ChannelAccount>> {
  const ours = new Map<string, ChannelAccount>();
  for (;;) {
    const claimed = await claimAccounts(test.system, 'xmtp', holder, LEASE_MS);
    for (const account of claimed) if (account.officeId === officeId) ours.set(account.agentName, account);
    if (claimed.length === 0) return ours;
  }
}

const account = (name: string) => accounts.get(name) as ChannelAccount;
let counter = 0;
const said = (text: string, more: object = {}) => ({
  externalId: `m${++counter}`,
  from: PEER,
  text,
  sentAt: test.house.clock.now(),
  ...more,
});
const welcome = (peers: string[] | 'any' = [PEER]) =>
  updateOfficeSettings(tenant.context, officeId, { xmtp_peers: peers });
const messages = () =>
  test.house.engine.db.selectFrom('messages').selectAll().where('office_id', '=', officeId).orderBy('id').execute();
const events = (type: string) =>
  test.house.engine.db
    .selectFrom('events')
    .selectAll()
    .where('office_id', '=', officeId)
    .where('type', '=', type)
    .execute();
const runs = () =>
  test.house.engine.db
    .selectFrom('runs')
    .selectAll()
    .where('office_id', '=', officeId)
    .where('status', '=', 'queued')
    .execute();

describe('what comes from outside', () => {
  it('is taken in once, however often it is told, and waits for money that the office does not have', async () => {
    await welcome();
    const word = said('hello');
    expect(await receiveMessage(test.system, account('aria'), word)).toBe('kept');
    expect(await receiveMessage(test.system, account('aria'), word)).toBe('known');
    expect(
      (
        await Promise.all(
          [1, 2, 3].map(() => receiveMessage(test.system, account('aria'), said('x', { externalId: 'same' }))),
        )
      ).sort(),
    ).toEqual(['kept', 'known', 'known']);
    expect((await messages()).map(({ sender, content }) => [sender, content])).toEqual([
      [peer, 'hello'],
      [peer, 'x'],
    ]);
    expect(await runs()).toHaveLength(2);
  });

  it('of a stranger is kept nowhere, and told of once', async () => {
    expect(await receiveMessage(test.system, account('aria'), said('spam'))).toBe('refused');
    expect(await receiveMessage(test.system, account('aria'), said('spam'))).toBe('refused');
    expect(await messages()).toEqual([]);
    expect(await events('channel.stranger_refused')).toHaveLength(1);
  });

  it('of one who is blocked is not heard, though the agent knows it', async () => {
    await welcome();
    await receiveMessage(test.system, account('aria'), said('hello'));
    await updateOfficeSettings(tenant.context, officeId, { xmtp_blocked_peers: [PEER] });
    expect(await receiveMessage(test.system, account('aria'), said('again'))).toBe('refused');
    expect(await messages()).toHaveLength(1);
  });

  it('that holds what no database keeps, or is older than what is known, does no harm', async () => {
    await welcome();
    expect(await receiveMessage(test.system, account('aria'), said('hel\u0000lo \ud800'))).toBe('kept');
    expect((await messages())[0]?.content).toMatch(/^hel.?lo .$/u);
    const old = said('from long ago', { sentAt: test.house.clock.now() - 401 * 86_400_000 });
    expect(await receiveMessage(test.system, account('aria'), old)).toBe('known');
    expect(await messages()).toHaveLength(1);
  });

  it('of strangers without number is told of ten times an hour', async () => {
    for (let peer = 0; peer < 14; peer++)
      await receiveMessage(test.system, account('aria'), said('spam', { from: `0x${String(peer).padStart(40, '0')}` }));
    expect(await events('channel.stranger_refused')).toHaveLength(10);
    test.clock?.advance(3_600_001);
    await receiveMessage(test.system, account('aria'), said('spam', { from: `0x${'e'.repeat(40)}` }));
    expect(await events('channel.stranger_refused')).toHaveLength(11);
  });

  it('wakes an agent thirty times in five minutes, wherever it is said, and not for ever', async () => {
    await welcome('any');
    for (let turn = 0; turn < 33; turn++) {
      const group = { id: `g${turn % 3}`, name: 'crew', members: [PEER, account('aria').address] };
      await receiveMessage(test.system, account('aria'), said(`word ${turn} @aria`, turn % 2 === 0 ? {} : { group }));
    }
    expect(await messages()).toHaveLength(33);
    expect(await runs()).toHaveLength(30);
    // When it begins, not with each drop.
    expect((await events('message.reply_suppressed')).length).toBeLessThanOrEqual(3);
    test.clock?.advance(300_001);
    await receiveMessage(test.system, account('aria'), said('later'));
    expect(await runs()).toHaveLength(31);
  });

  it('in a group of somebody welcome is kept whoever says it, and wakes nobody when that one is not', async () => {
    await welcome();
    const other = `0x${'cd'.repeat(20)}`;
    const group = { id: 'g2', name: 'crew', members: [PEER, other, account('aria').address] };
    await receiveMessage(test.system, account('aria'), said('hello @aria', { group }));
    await receiveMessage(test.system, account('aria'), said('and me, @aria?', { group, from: other }));
    expect((await messages()).map(({ sender }) => sender)).toEqual([peer, other]);
    expect(await runs()).toHaveLength(1);
  });

  it('wakes no agent that was switched off, and what it had to say is dropped', async () => {
    await welcome();
    await receiveMessage(test.system, account('aria'), said('hello'));
    const [first] = await messages();
    const aria = await test.asAgent(agents[0] as Agent);
    const to = { conversationId: first?.conversation_id ?? '' };
    await sendMessage(aria, officeId, { to, content: 'not yet gone' });
    await test.house.engine.db
      .updateTable('agent_integrations')
      .set({ is_enabled: false })
      .where('agent_id', '=', account('aria').agentId)
      .execute();
    await receiveMessage(test.system, account('aria'), said('are you there?'));
    expect(await runs()).toHaveLength(1);
    await dropDeliveries(test.system, 'xmtp');
    expect(await nextDelivery(test.system, account('aria'))).toBeUndefined();
  });

  it('in a group has the members that the network has, our agents by name, and is one message for all of them', async () => {
    await welcome();
    const group = { id: 'g1', name: ' Harvest \n', members: [PEER, account('aria').address, account('bert').address] };
    const word = said('hello @bert', { group });
    expect(await receiveMessage(test.system, account('aria'), word)).toBe('kept');
    expect(await receiveMessage(test.system, account('bert'), word)).toBe('known');
    const [message] = await messages();
    const conversation = await loadConversation(tenant.context, officeId, message?.conversation_id ?? '', 'chat:read');
    expect(conversation).toMatchObject({ kind: 'group', name: 'Harvest', channel: 'xmtp', channel_id: 'g1' });
    const members = async () =>
      (
        await test.house.engine.db
          .selectFrom('conversation_members')
          .selectAll()
          .where('conversation_id', '=', conversation.id)
          .orderBy('participant')
          .execute()
      ).map(({ participant }) => participant);
    expect(await members()).toEqual([peer, 'aria', 'bert']);
    expect((await runs()).map(({ agent_id }) => agent_id)).toEqual([account('bert').agentId]);
    await receiveMessage(
      test.system,
      account('aria'),
      said('bye', { group: { ...group, members: group.members.slice(0, 2) } }),
    );
    expect(await members()).toEqual([peer, 'aria']);
    await expect(addMember(tenant.context, officeId, conversation.id, 'bert')).rejects.toMatchObject({
      code: 'conflict',
    });
  });
});

describe('what is to leave the house', () => {
  const write = async (content: string) => {
    await welcome();
    await receiveMessage(test.system, account('aria'), said('hello'));
    const [first] = await messages();
    const aria = await test.asAgent(agents[0] as Agent);
    return sendMessage(aria, officeId, { to: { conversationId: first?.conversation_id ?? '' }, content });
  };

  it('leaves in the order in which it was said, and is known as delivered', async () => {
    await write('one');
    await write('two');
    const first = await nextDelivery(test.system, account('aria'));
    expect(first).toMatchObject({ content: 'one', to: { kind: 'direct', address: peer } });
    if (first === undefined) throw new Error('nothing waits');
    await noteSent(test.system, account('aria'), first, 'x1');
    const second = await nextDelivery(test.system, account('aria'));
    expect(second).toMatchObject({ content: 'two' });
    if (second === undefined) throw new Error('nothing waits');
    await noteSent(test.system, account('aria'), second, 'x2');
    // The first was answered, and so was read, before it was known to have left.
    expect(await events('message.delivered')).toHaveLength(1);
    expect(await nextDelivery(test.system, account('bert'))).toBeUndefined();
  });

  it('is tried again later, and given up after twenty tries', async () => {
    await write('one');
    for (let attempt = 0; attempt < 20; attempt++) {
      const delivery = await nextDelivery(test.system, account('aria'));
      if (delivery === undefined) throw new Error('nothing waits');
      expect(delivery.attempts).toBe(attempt);
      await noteUnsent(test.system, account('aria'), delivery, { reason: 'no network', isFinal: false });
      if (attempt < 19) expect(await nextDelivery(test.system, account('aria'))).toBeUndefined();
      test.clock?.advance(300_000);
    }
    expect(await nextDelivery(test.system, account('aria'))).toBeUndefined();
    expect((await events('message.undelivered')).map(({ data }) => data)).toMatchObject([{ reason: 'no network' }]);
  });

  it('waits for its own conversation only', async () => {
    await write('stuck');
    await write('behind it');
    const other = `0x${'ef'.repeat(20)}`;
    await welcome('any');
    await receiveMessage(test.system, account('aria'), said('me too', { from: other }));
    const [last] = (await messages()).slice(-1);
    const aria = await test.asAgent(agents[0] as Agent);
    await sendMessage(aria, officeId, { to: { conversationId: last?.conversation_id ?? '' }, content: 'free' });
    const stuck = await nextDelivery(test.system, account('aria'));
    if (stuck === undefined) throw new Error('nothing waits');
    expect(stuck).toMatchObject({ content: 'stuck' });
    await noteUnsent(test.system, account('aria'), stuck, { reason: 'no network', isFinal: false });
    expect(await nextDelivery(test.system, account('aria'))).toMatchObject({ content: 'free' });
  });

  it('is settled by who holds the account now, and by nobody before', async () => {
    await write('one');
    const before = account('aria');
    const delivery = await nextDelivery(test.system, before);
    if (delivery === undefined) throw new Error('nothing waits');
    test.clock?.advance(LEASE_MS + 1);
    const now = (await claimOurs('two')).get('aria');
    expect(now?.fence).toBe(before.fence + 1);
    await expect(noteSent(test.system, before, delivery, 'x1')).rejects.toMatchObject({ code: 'stale_fence' });
    expect(await renewAccounts(test.system, 'xmtp', [before], LEASE_MS)).toEqual(new Set());
    await noteSent(test.system, now as ChannelAccount, delivery, 'x1');
  });
});

describe('a house that is on no network', () => {
  it('says what to configure, to who switches it on and to the agent that writes to an address', async () => {
    const response = await fetch(`${test.url}/api/v1/offices/${officeId}/integrations/xmtp/agents/aria`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json' },
      body: '{"enabled":true}',
    });
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('GUILDHALL_XMTP_ENV');
    const bert = await test.asAgent(agents[1] as Agent);
    await expect(sendMessage(bert, officeId, { to: { name: PEER }, content: 'hi' })).rejects.toMatchObject({
      code: 'not_configured',
    });
  });
});
