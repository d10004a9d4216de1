import { testEngineKind } from '@guildhall/testing';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type MemoryQuery, type MemorySource, parseUniversalId } from './index.ts';
import { openTestMemory, source, type TestMemory } from './testing/test-memory.ts';

let memory: TestMemory;
beforeEach(async () => {
  memory = await openTestMemory();
});
afterEach(() => memory.close());

const texts = async (query: string, options: Partial<MemoryQuery> = {}) =>
  (await memory.ask(query, options)).hits.map(({ text }) => text);
const keep = (...kept: (string | Partial<MemorySource>)[]) =>
  memory.keep(
    kept.map((one, at) => source(typeof one === 'string' ? { text: one, externalId: `s${at}`, at: at + 1 } : one)),
  );

describe(`a search on ${testEngineKind()}`, () => {
  it('finds words with accents, whole', async () => {
    await keep('Der Ärger mit dem Wärter begann am Montag.', 'Mélanie sings in the choir.', 'Something else.');
    expect(await texts('Ärger')).toEqual(['Der Ärger mit dem Wärter begann am Montag.']);
    expect(await texts('What does Mélanie do?')).toEqual(['Mélanie sings in the choir.']);
  });

  it('finds a word in another form, in the language of the text', async () => {
    await keep(
      'Die Häuser am Hafen sind für die Händler gebaut worden, und sie stehen noch.',
      'Les réunions de la direction ont lieu dans la grande salle.',
      'The suppliers were paying their invoices late.',
    );
    expect((await texts('Haus'))[0]).toContain('Häuser');
    expect((await texts('réunion'))[0]).toContain('réunions');
    expect((await texts('who pays an invoice?'))[0]).toContain('invoices');
  });

  it('finds what is written without spaces', async () => {
    await keep('東京の事務所は月曜日に開きます。', '大阪の倉庫は閉まっています。');
    expect((await texts('事務所'))[0]).toContain('東京');
  });

  it('finds a name that was misspelt, and says what it took it for', async () => {
    await keep('The kestrel project ends in May.', 'The harbour report is late.');
    const answer = await memory.ask('kestral project');
    expect(answer.hits[0]?.text).toContain('kestrel');
    expect(answer.spelledAs).toEqual({ kestral: ['kestrel'] });
    expect((await memory.ask('zzyzx')).unknownWords).toEqual(['zzyzx']);
  });

  it('holds a word for rare when the whole store has it seldom', async () => {
    await keep(
      'the kestrel is here',
      ...Array.from({ length: 60 }, (_, index) => `the report number ${index} is here`),
    );
    expect((await texts('report kestrel'))[0]).toBe('the kestrel is here');
  });

  it('finds a turn by the turns around it, and no longer once those are gone', async () => {
    const turn = (externalId: string, text: string, at: number) =>
      source({ externalId, text, at, author: 'Ann', thread: 't1' });
    await memory.keep([turn('a', 'Where did you go on holiday?', 1), turn('b', 'To Lisbon, with my sister.', 2)]);
    expect(await texts('holiday')).toEqual(['Where did you go on holiday?', 'To Lisbon, with my sister.']);
    await memory.forget(['set:a']);
    expect(await texts('holiday')).toEqual([]);
    expect(await texts('Lisbon')).toEqual(['To Lisbon, with my sister.']);
  });

  it('follows what the best pieces name to pieces that the question does not name', async () => {
    await keep(
      'Silver Harbour\nSilver Harbour is a song that was first performed by Marta Quist, who recorded it with her band in the spring of that year and sang it at every one of her concerts until she left the stage for good.',
      'Marta Quist\nMarta Quist was a singer and composer who spent the last years of her life in the town of Elmsund, where a small museum with her letters, her instruments and her costumes is open in the summer months.',
      ...Array.from(
        { length: 30 },
        (_, index) => `Note ${index}\nThe ferry number ${index} leaves the pier in the morning.`,
      ),
    );
    const hits = (await memory.ask('In which town did the performer of Silver Harbour live?')).hits;
    expect(hits.slice(0, 2).map(({ text }) => text.split('\n')[0])).toEqual(['Silver Harbour', 'Marta Quist']);
    expect(hits[1]?.signals.graph?.rank).toBe(1);
  });

  it('understands who and when: the latest of somebody, last week, a date', async () => {
    const day = (date: string) => Date.parse(`${date}T09:00:00Z`);
    const mail = (externalId: string, author: string, date: string, text: string) =>
      source({ externalId, author, at: day(date), text });
    await memory.keep([
      mail('1', 'runa@north.example', '2026-03-02', 'Budget: the numbers for March.'),
      mail('2', 'runa@north.example', '2026-03-20', 'Budget: the numbers were wrong.'),
      mail('3', 'ivo@north.example', '2026-03-24', 'Budget: please send me the numbers.'),
    ]);
    const now = day('2026-03-25');
    expect((await memory.ask('my last mail from runa about the budget', { now })).hits[0]?.externalId).toBe('2');
    expect((await memory.ask('budget numbers last week', { now })).hits[0]?.externalId).toBe('2');
    expect((await memory.ask('budget numbers on 2026-03-02', { now })).hits[0]?.externalId).toBe('1');
    expect((await memory.ask('budget', { since: day('2026-03-21') })).hits.map((hit) => hit.externalId)).toEqual(['3']);
  });

  it('understands a time that is told by what happened: two days before the launch', async () => {
    const on = (externalId: string, date: string, text: string) =>
      source({ externalId, at: Date.parse(`${date}T10:00:00Z`), text });
    await memory.keep([
      on('launch', '2026-03-20', 'The launch of Kestrel went well.'),
      on('tests', '2026-03-18', 'We ran the report once more.'),
      on('plan', '2026-02-01', 'The report is planned.'),
      on('after', '2026-03-27', 'The report was sent.'),
    ]);
    const first = async (query: string) => (await memory.ask(query)).hits[0]?.externalId;
    expect(await first('the report two days before the launch of Kestrel')).toBe('tests');
    expect(await first('the report a week after the launch of Kestrel')).toBe('after');
  });

  it('finds exactly what a universal id names', async () => {
    await keep('The first of two alike.', 'The second of two, unlike it.');
    expect((await memory.ask('what does set:s0 say?')).hits[0]?.universalId).toBe('set:s0');
  });

  it('shows an agent what is for all and what is for its own circles', async () => {
    await keep(
      { externalId: 'open', text: 'The door code is on the wall.' },
      { externalId: 'closed', text: 'The door code is 4711.', audience: 'conversation:c1' },
    );
    expect((await memory.ask('door code', { audiences: [] })).hits.map((hit) => hit.externalId)).toEqual(['open']);
    expect((await memory.ask('door code', { audiences: ['conversation:c1'] })).hits).toHaveLength(2);
    expect((await memory.ask('door code', { audiences: 'all' })).hits).toHaveLength(2);
  });

  it('shows the same words of one person once', async () => {
    await keep(
      { externalId: 'a', text: 'The rent is due on Friday.' },
      { externalId: 'b', text: 'the rent is due, on friday' },
    );
    const { hits } = await memory.ask('rent');
    expect(hits.map((hit) => [hit.externalId, hit.duplicates])).toEqual([['b', ['set:a']]]);
    await memory.keep(
      [7, 8].map((day) =>
        source({ externalId: `m${day}`, text: `The minutes of the meeting of the board of the house on day ${day}.` }),
      ),
    );
    expect((await memory.ask('minutes of the meeting')).hits).toHaveLength(2);
  });
});

describe('a source', () => {
  it('is kept to the letter, and found in pieces', async () => {
    const text = `# Title\n\n${'A line of words that goes on. '.repeat(80)}\n\n\n  indented, with spaces at the end  \n\nLast 🙂`;
    await memory.keep([source({ externalId: 'long', text })]);
    expect(await memory.text('set:long')).toBe(text);
    expect((await memory.ask('indented')).hits[0]?.universalId).toMatch(/^set:long#\d+$/);
  });

  it('put in again changes nothing; changed, it is found by its new words only', async () => {
    const first = await memory.keep([source({ externalId: 'x', text: 'apples' })]);
    expect([first.added, (await memory.keep([source({ externalId: 'x', text: 'apples' })])).unchanged]).toEqual([1, 1]);
    expect((await memory.keep([source({ externalId: 'x', text: 'pears' })])).updated).toBe(1);
    expect([await texts('apples', { signals: ['words'] }), await texts('pears')]).toEqual([[], ['pears']]);
  });

  it('that was forgotten is in no table any more, and its feed does not bring it back', async () => {
    await memory.keep([
      source({ externalId: 'gone', text: 'Quillfeather met Dana Moss.', audience: 'agent:a' }),
      source({ externalId: 'stays', text: 'Other.' }),
    ]);
    await memory.forget(['set:gone']);
    expect(await memory.dump()).not.toMatch(/quillfeath|dana moss/i);
    expect((await memory.keep([source({ externalId: 'gone', text: 'Quillfeather met Dana Moss.' })])).forgotten).toBe(
      1,
    );
    expect(await texts('Quillfeather', { signals: ['words'] })).toEqual([]);
  });

  it('that was forgotten is in no copy of the database that is made afterwards', async () => {
    await memory.keep([
      source({ externalId: 'gone', text: 'Quillfeather '.repeat(40) }),
      source({ externalId: 'stays', text: 'Heron.' }),
    ]);
    await memory.forget(['set:gone']);
    const copy = await memory.copy();
    expect([copy.includes('Heron'), copy.includes('Quillfeather'), copy.includes('quillfeath')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('that took the place of another is found now, the other in questions about the time before', async () => {
    await memory.keep([source({ externalId: 'old', text: 'The office is in Bergen.', at: 100 })]);
    await memory.keep([source({ externalId: 'new', text: 'The office is in Oslo.', at: 200 })]);
    await memory.supersede('set:old', 'set:new', 200);
    expect((await memory.ask('where is the office?')).hits.map((hit) => hit.externalId)).toEqual(['new']);
    expect((await memory.ask('where is the office?', { asOf: 150 })).hits.map((hit) => hit.externalId)).toEqual([
      'old',
    ]);
  });
});

it('whatever is put in, changed, and taken out, in whatever order: the index is that of what is left', async () => {
  const word = fc.constantFrom('apple', 'Ben Okri', 'harbour', 'invoice', 'kestrel', 'meeting', 'Oslo', 'rain');
  const step = fc.record({
    id: fc.integer({ min: 0, max: 5 }),
    text: fc.array(word, { minLength: 0, maxLength: 6 }).map((words) => words.join(' ')),
    thread: fc.constantFrom('', 't1', 't2'),
    audience: fc.constantFrom('', 'agent:a'),
    at: fc.integer({ min: 1, max: 4 }),
    isForgotten: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      await memory.clear();
      const left = new Map<number, MemorySource>();
      for (const { id, text, thread, audience, at, isForgotten } of steps) {
        if (isForgotten) {
          if (left.delete(id)) await memory.forget([`set:${id}`], false);
        } else {
          const kept = source({
            externalId: String(id),
            text,
            thread,
            audience,
            at,
            author: thread === '' ? '' : 'Ann',
          });
          // What is put in anew goes to the end of its thread, as it does in a store that is filled anew.
          left.delete(id);
          left.set(id, kept);
          await memory.keep([{ ...kept, metadata: { step: left.size + Math.random() } }]);
        }
      }
      const grown = await memory.index();
      await memory.clear();
      for (const kept of left.values()) await memory.keep([kept]);
      expect(grown).toEqual(await memory.index());
    }),
    { numRuns: 40 },
  );
});

it('reads a universal id both ways', () => {
  expect(parseUniversalId('drive_files:abc#2')).toEqual([
    { feedKey: 'drive_files', externalId: 'abc#2' },
    { feedKey: 'drive_files', externalId: 'abc', ordinal: 2 },
  ]);
  expect(parseUniversalId('nothing')).toEqual([]);
});
