import { generateKeyPair, MitosisClient } from '@guildhall/sdk';
import { eventually } from '@guildhall/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pauseHouse, resumeHouse } from '../../domain/runs/index.ts';
import { openTestApp, type TestApp } from '../../testing/test-app.ts';

let test: TestApp;
let mi: MitosisClient;

beforeAll(async () => {
  test = await openTestApp();
  mi = clientOf((await test.newTenant('rights')).key);
});
afterAll(() => test.close());

const clientOf = (apiKey: string) => new MitosisClient({ endpoint: test.url, apiKey });
const refused = (status: number) => expect.objectContaining({ status });
const newOffice = async () => (await mi.offices.create({ name: 'rights', forceCreate: true })).id;

async function agentIn(office: string, name: string): Promise<MitosisClient> {
  await mi.employees.hire(office, { name, driver: 'external' });
  return clientOf((await mi.employees.rotateCredentials(office, name)).api_key);
}

describe('an office that is given to somebody who works in it', () => {
  it('is theirs altogether, and no longer the giver’s', async () => {
    const office = await newOffice();
    const code = (await mi.invites.create(office, { type: 'human' })).code;
    const pat = clientOf(
      (await new MitosisClient({ endpoint: test.url }).invites.claim({ code, email: 'pat@example.org' })).key,
    );
    await expect(pat.offices.updateSettings(office, { max_employees: 3 })).rejects.toEqual(refused(403));
    await agentIn(office, 'chief');
    await mi.delegates.create(office, 'chief', { permissions: ['agents:hire'] });
    await mi.offices.updateSettings(office, { xmtpPeers: 'any' });
    expect(await mi.offices.getSettings(office)).toHaveProperty('xmtp_peers');
    await mi.offices.transfer(office, 'pat@example.org');
    const accept = () => pat.offices.acceptTransfer(office, { idempotencyKey: 'accept' });
    expect(await accept()).toEqual(await accept());
    // What lets others in from outside, and who was given more by the giver, ends.
    expect(await pat.delegates.list(office)).toEqual([]);
    expect(await pat.offices.getSettings(office)).not.toHaveProperty('xmtp_peers');
    await pat.offices.updateSettings(office, { max_employees: 3 });
    await pat.employees.hire(office, { name: 'helper' });
    await expect(mi.offices.updateSettings(office, { max_employees: 1 })).rejects.toEqual(refused(404));
    await pat.offices.delete(office);
  });
});

describe('a key that an agent signs with', () => {
  const signed = async (office: string, signingKey: Uint8Array) => {
    const { id: agentId } = await mi.employees.get(office, 'signer');
    const client = new MitosisClient({ endpoint: test.url, agent: { agentId, signingKey } });
    return (await client.capabilities.self(office)).principal;
  };
  // Who signs tells the time, so the clock stays and the end of the overlap comes nearer.
  const pastOverlap = () =>
    sql`update agent_keys set retired_at = retired_at - 660000 where retired_at is not null`.execute(
      test.house.engine.db,
    );

  it('is renewed by a rotation that brings none, and the one before ends after the overlap', async () => {
    const office = await newOffice();
    const old = generateKeyPair();
    await mi.employees.hire(office, { name: 'signer', publicKey: old.publicKey });
    const { signing_key } = await mi.employees.rotateCredentials(office, 'signer');
    const renewed = Buffer.from(signing_key?.private_key ?? '', 'hex');
    expect(await signed(office, old.privateKey)).toMatchObject({ name: 'signer' });
    expect(await signed(office, renewed)).toMatchObject({ name: 'signer' });
    await pastOverlap();
    await expect(signed(office, old.privateKey)).rejects.toEqual(refused(401));
    expect(await signed(office, renewed)).toMatchObject({ name: 'signer' });
  });

  it('is replaced by one that it is given instead', async () => {
    const office = await newOffice();
    const [old, next] = [generateKeyPair(), generateKeyPair()];
    await mi.employees.hire(office, { name: 'signer', publicKey: old.publicKey });
    await mi.employees.update(office, 'signer', { publicKey: next.publicKey });
    await pastOverlap();
    await expect(signed(office, old.privateKey)).rejects.toEqual(refused(401));
    expect(await signed(office, next.privateKey)).toMatchObject({ name: 'signer' });
    expect((await mi.employees.rotateCredentials(office, 'signer', { publicKey: old.publicKey })).signing_key).toBe(
      undefined,
    );
  });

  it('is not made for one that never signed', async () => {
    const office = await newOffice();
    await mi.employees.hire(office, { name: 'signer' });
    expect((await mi.employees.rotateCredentials(office, 'signer')).signing_key).toBe(undefined);
  });
});

describe('a delegate', () => {
  it('changes words and skills of its colleagues; no money, no driver, no tools, nothing of itself or of another delegate', async () => {
    const office = await newOffice();
    const chief = await agentIn(office, 'chief');
    for (const name of ['bo', 'deputy']) await mi.employees.hire(office, { name });
    await mi.delegates.create(office, 'chief', { permissions: ['agents:write'] });
    await mi.delegates.create(office, 'deputy', { permissions: ['agents:write'] });
    expect(await chief.employees.update(office, 'bo', { role: 'reviewer' })).toMatchObject({ role: 'reviewer' });
    for (const change of [
      { dailyCapCredits: 1_000_000 },
      { monthlyCapCredits: null },
      { driver: 'claude-code' as const },
      { modelTier: 'opus' },
      { modelProvider: 'openai' },
      { customConfig: { tools: { shell: 'allowed' } } },
      { resources: { cpuLimit: '64' } },
    ])
      await expect(chief.employees.update(office, 'bo', change)).rejects.toEqual(refused(403));
    const resources = { cpuLimit: '64' };
    await expect(chief.employees.promote(office, 'bo', { modelTier: 'haiku', resources })).rejects.toEqual(
      refused(403),
    );
    await mi.delegates.update(office, 'chief', { permissions: ['agents:write', 'agents:hire'] });
    expect(
      await chief.employees.hire(office, { name: 'hand', modelTier: 'opus', modelProvider: 'openai' }),
    ).toMatchObject({
      modelTier: 'none',
      modelProvider: 'none',
    });
    await chief.employees.lifecycle(office, 'bo', 'stop');
    for (const name of ['chief', 'deputy'])
      for (const action of ['stop', 'start', 'restart', 'archive'] as const)
        await expect(chief.employees.lifecycle(office, name, action)).rejects.toEqual(refused(403));
  });
});

describe('an office that was suspended', () => {
  it.each([undefined, 'The budget is under review.'])(
    'is suspended still when it was closed and comes back (%s)',
    async (note) => {
      const office = await newOffice();
      await mi.offices.updateSettings(office, { suspension_note: 'a word of mine' });
      await mi.offices.suspend(office, note === undefined ? undefined : { note });
      await mi.offices.delete(office);
      const restore = () => mi.offices.restore(office, { idempotencyKey: `restore ${office}`.replace(' ', '-') });
      expect((await restore()).status).toBe('suspended');
      expect((await restore()).status).toBe('suspended');
      const { phase, message } = await mi.offices.status(office);
      expect([phase, message]).toEqual(['degraded', expect.stringContaining(note ?? 'suspended')]);
      await mi.offices.resume(office);
      await mi.offices.delete(office);
      expect((await mi.offices.restore(office)).status).toBe('active');
      expect((await mi.offices.get(office)).settings).toMatchObject({ suspension_note: 'a word of mine' });
    },
  );

  it('is let go once, however often that is said', async () => {
    const office = await newOffice();
    await mi.offices.suspend(office);
    for (let time = 0; time < 3; time++) await mi.offices.resume(office);
    const events = await mi.events.list(office, { type: 'office' });
    expect(events.filter(({ type }) => type === 'office.resumed')).toHaveLength(1);
  });
});

describe('the status of an office', () => {
  it('says what stands in the way: the pause of the house, no credits', async () => {
    const office = await newOffice();
    expect(await mi.offices.status(office)).toMatchObject({ phase: 'ready', operator: { ready: true }, host: 'local' });
    await pauseHouse(test.owner.context, 'Moving the machine.');
    const paused = await mi.offices.status(office);
    await resumeHouse(test.owner.context);
    expect(paused).toMatchObject({ phase: 'degraded', message: expect.stringContaining('Moving the machine.') });
    expect(paused.operator).toMatchObject({ ready: false, message: paused.message });
  });
});

describe('the group of the office', () => {
  it('is named by those who lead the office', async () => {
    const office = await newOffice();
    const far = await agentIn(office, 'far');
    const [group] = await mi.xmtpApi.listGroups(office);
    await expect(far.xmtpApi.renameGroup(office, group?.id ?? '', 'mine')).rejects.toEqual(refused(403));
    await mi.xmtpApi.renameGroup(office, group?.id ?? '', 'everybody');
    expect((await mi.xmtpApi.listGroups(office))[0]?.name).toBe('everybody');
  });

  it('is heard by who listens as one of its members', async () => {
    const office = await newOffice();
    const far = await agentIn(office, 'far');
    await agentIn(office, 'near');
    const outside = await mi.xmtpApi.createGroup(office, { name: 'without far', members: ['near'] });
    const heard: string[] = [];
    const controller = new AbortController();
    const listening = (async () => {
      const stream = mi.transport.stream(
        `/api/v1/offices/${office}/xmtp/stream`,
        { agentId: 'far' },
        { signal: controller.signal },
      );
      for await (const { data } of stream) heard.push(String(JSON.parse(data).content ?? JSON.parse(data).type));
    })().catch((error: unknown) => expect(error).toMatchObject({ name: 'AbortError' }));
    await eventually('the stream to begin', () => (heard.includes('connected') ? true : undefined));
    const [group] = (await far.xmtpApi.listGroups(office)).filter(({ id }) => id !== outside.id);
    await mi.xmtpApi.sendGroupMessage(office, outside.id, { agent_id: 'user', content: 'not for far' });
    await mi.xmtpApi.sendGroupMessage(office, group?.id ?? '', { agent_id: 'user', content: 'hello all' });
    await mi.messages.send(office, { to: 'near', content: 'for near' });
    await mi.messages.send(office, { to: 'far', content: 'hello far' });
    await eventually('both to be heard', () => (heard.includes('hello far') ? true : undefined));
    controller.abort();
    await listening;
    expect(heard).toEqual(['connected', 'hello all', 'hello far']);
  });
});

describe('a file that is kept from some', () => {
  it('is kept from them still when it was deleted and comes again', async () => {
    const office = await newOffice();
    const [far, near] = [await agentIn(office, 'far'), await agentIn(office, 'near')];
    await mi.files.upload(office, 'deal.md', Buffer.from('the price is 12'));
    await mi.files.setPermissions(office, 'deal.md', [
      { agent_name: '*', access: 'none' },
      { agent_name: 'near', access: 'write' },
    ]);
    await near.files.delete(office, 'deal.md');
    await expect(far.files.upload(office, 'deal.md', Buffer.from('mine'))).rejects.toEqual(refused(403));
    await near.files.upload(office, 'deal.md', Buffer.from('the price is 13'));
    await expect(far.files.download(office, 'deal.md')).rejects.toEqual(refused(404));
    expect(await (await near.files.download(office, 'deal.md')).text()).toBe('the price is 13');
    expect((await far.cortex(office).answer({ query: 'price' })).results).toEqual([]);
    expect(await mi.files.getPermissions(office, 'deal.md')).toHaveLength(2);
  });

  it('has a name that nobody of them takes: by moving a file there, or by bringing an older one back', async () => {
    const office = await newOffice();
    const [far, near] = [await agentIn(office, 'far'), await agentIn(office, 'near')];
    const keep = (name: string) =>
      mi.files.setPermissions(office, name, [
        { agent_name: '*', access: 'none' },
        { agent_name: 'near', access: 'write' },
      ]);
    await mi.files.upload(office, 'kept.md', Buffer.from('one'));
    await keep('kept.md');
    await mi.files.delete(office, 'kept.md');
    await far.files.upload(office, 'mine.md', Buffer.from('mine'));
    await expect(far.files.move(office, 'mine.md', 'kept.md')).rejects.toEqual(refused(403));
    await near.files.move(office, 'mine.md', 'kept.md');
    await expect(far.files.download(office, 'kept.md')).rejects.toEqual(refused(404));
    await mi.files.move(office, 'kept.md', 'aside.md');
    await mi.files.upload(office, 'open.md', Buffer.from('open'));
    await mi.files.delete(office, 'open.md');
    await mi.files.move(office, 'aside.md', 'open.md');
    await mi.files.delete(office, 'open.md');
    await expect(far.files.restore(office, 'open.md')).rejects.toEqual(refused(404));
  });
});
