import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTestApp, type Tenant, type TestApp } from '../../testing/test-app.ts';
import type { Context } from '../context/index.ts';
import { askMemory, correct, forget, ingest, memoryStatus, readHistory, readSource, remember } from './index.ts';

let test: TestApp;
let tenant: Tenant;
let officeId: string;
let aria: Context;
let ben: Context;
let person: Context;

beforeAll(async () => {
  test = await openTestApp();
});
afterAll(() => test.close());
beforeEach(async () => {
  tenant = await test.newTenant('owner');
  person = tenant.context;
  const made = await test.newOffice(tenant, 'aria', 'ben');
  officeId = made.office.id;
  [aria, ben] = (await Promise.all(made.agents.map((agent) => test.asAgent(agent)))) as [Context, Context];
});

const feedKey = 'ext_x.feed';
const row = (externalId: string, content: string, more: object = {}) => ({ externalId, content, ...more });
const answer = (context: Context, query: string) => askMemory(context, officeId, query, 5);
const idsOf = async (context: Context, query: string) =>
  (await answer(context, query)).hits.map(({ universalId }) => universalId);

describe('what only others may read', () => {
  it('is in no answer: not by its words, not by how they are spelt, not by what is said to be missing', async () => {
    await remember(person, officeId, {
      text: 'The codeword is plumbagoxyl.',
      isPrivate: true,
      speaker: 'aria',
      sourceIds: [await kept()],
    });
    expect((await answer(aria, 'plumbagoxil')).spelledAs).toEqual({ plumbagoxil: ['plumbagoxyl'] });
    expect(await answer(ben, 'plumbagoxil')).toMatchObject({ spelledAs: {}, unknownWords: ['plumbagoxil'] });
    expect(await answer(ben, 'plumbagoxyl')).toMatchObject({ spelledAs: {}, unknownWords: ['plumbagoxyl'] });
  });

  it('is in no history, no reason and no edge of what all may read', async () => {
    const fact = await kept();
    const secret = await remember(person, officeId, {
      text: 'Hush.',
      isPrivate: true,
      speaker: 'aria',
      sourceIds: [fact],
    });
    const corrected = await correct(person, officeId, fact, {
      text: 'The vesper stands in the cellar.',
      reason: 'Aria was told so.',
      sourceIds: [secret.universalId],
    });
    await expect(readSource(ben, officeId, corrected.universalId)).rejects.toThrow('There is no memory');
    const history = await readHistory(ben, officeId, fact);
    expect(history.map(({ text }) => text)).toEqual(['The heron stands by the pond.']);
    expect(JSON.stringify(history)).not.toContain('told so');
    const seen = JSON.stringify(await readSource(ben, officeId, fact));
    for (const id of [secret.universalId, corrected.universalId]) expect(seen).not.toContain(id);
    expect((await readHistory(aria, officeId, fact)).length).toBe(2);
  });

  it('cannot be asked for by somebody who is nobody’s agent', async () => {
    await expect(remember(person, officeId, { text: 'Mine.', isPrivate: true })).rejects.toThrow('private');
  });
});

const kept = async () => (await remember(person, officeId, { text: 'The heron stands by the pond.' })).universalId;

describe('forgetting', () => {
  it('takes the letters of a name as they are: % and _ are no wildcards', async () => {
    await ingest(person, officeId, feedKey, [
      row('1', 'One.', { author: 'john_doe@example.com' }),
      row('2', 'Two.', { author: 'johnxdoe@example.com' }),
    ]);
    for (const wild of ['%_', '\\\\', '%%'])
      expect((await forget(person, officeId, { person: wild, isDryRun: true })).universalIds).toEqual([]);
    await expect(forget(person, officeId, { person: ' ' })).rejects.toThrow('person');
    expect((await forget(person, officeId, { person: 'John_Doe' })).universalIds).toEqual([`${feedKey}:1`]);
    await expect(forget(person, officeId, { ids: ['agent:x'], person: 'ab' })).rejects.toThrow('universal_ids');
  });

  it('of a ground takes what is concluded from it at the same moment', async () => {
    const ground = await kept();
    const together = await Promise.allSettled([
      ...Array.from({ length: 8 }, (_, index) =>
        remember(person, officeId, { text: `Conclusion ${index} of the heron.`, sourceIds: [ground] }),
      ),
      forget(person, officeId, { ids: [ground] }),
      correct(person, officeId, ground, { text: 'The heron has gone.', reason: 'Seen.' }),
    ]);
    expect(together.some(({ status }) => status === 'fulfilled')).toBe(true);
    const { sources } = await memoryStatus(person, officeId);
    expect(sources).toBe(0);
  });
});

describe('correcting', () => {
  it('fifty at once: one holds, the others are told', async () => {
    const fact = await kept();
    const all = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) =>
        correct(person, officeId, fact, { text: `The heron stands at place ${index}.`, reason: 'Seen.' }),
      ),
    );
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await idsOf(person, 'heron')).toHaveLength(1);
  });

  it('holds when the feed says the old again, and ends when it says something new', async () => {
    await ingest(person, officeId, feedKey, [row('c1', 'The tug costs 11 marks.')]);
    const { universalId } = await correct(person, officeId, `${feedKey}:c1`, {
      text: 'The tug costs 22 marks.',
      reason: 'The bill says so.',
    });
    await ingest(person, officeId, feedKey, [row('c1', 'The tug costs 11 marks.', { metadata: { v: 2 } })]);
    expect(await idsOf(person, 'tug')).toEqual([universalId]);
    await ingest(person, officeId, feedKey, [row('c1', 'The tug costs 33 marks.')]);
    expect(await idsOf(person, 'tug')).toContain(`${feedKey}:c1`);
    await forget(person, officeId, { source: feedKey });
    expect(await idsOf(person, 'tug')).toEqual([]);
  });
});

it('an agent changes nothing in a feed that it did not put there', async () => {
  await ingest(person, officeId, feedKey, [row('p1', 'The pump is blue.')]);
  await expect(ingest(ben, officeId, feedKey, [row('p1', 'Overwritten.')])).rejects.toThrow('may not');
  await ingest(ben, officeId, feedKey, [row('b1', 'The pump is loud.', { author: 'the boss' })]);
  await ingest(ben, officeId, feedKey, [row('b1', 'The pump is silent.')]);
  expect((await readSource(person, officeId, `${feedKey}:b1`)).source).toMatchObject({ trust: 'agent' });
  expect(await idsOf(person, 'pump')).toEqual(expect.arrayContaining([`${feedKey}:p1`, `${feedKey}:b1`]));
});

it('secrets are masked wherever they stand', async () => {
  const secret = `ghp_${'a1B2'.repeat(9)}`;
  await ingest(person, officeId, feedKey, [
    row('s', 'Nothing.', {
      author: `Bo ${secret}`,
      url: `https://x:${secret}@host/?token=${secret}`,
      metadata: { deep: [{ token: secret }], password: 'hunter2xyz' },
      participants: [{ name: `Kim ${secret}` }],
    }),
  ]);
  const shown = JSON.stringify(await readSource(person, officeId, `${feedKey}:s`));
  expect(shown).not.toContain(secret);
  expect(shown).not.toContain('hunter2xyz');
});
