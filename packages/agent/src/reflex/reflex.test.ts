import { describe, expect, it } from 'vitest';
import type { TurnCause, TurnHost } from '../driver.ts';
import { reflexDriver } from '../index.ts';
import { ToolError, type Tools } from '../tools.ts';
import { readIntent } from './intent.ts';
import { convert, countIn, extractFrom, sumColumn } from './operations.ts';

/** A world of files and memories, as the driver sees one. */
function world(files: Record<string, string>): { tools: Tools; files: Record<string, string> } {
  const memories: string[] = [];
  const handlers: Record<string, (input: never) => unknown> = {
    drive_list: () => ({
      files: Object.entries(files).map(([name, text]) => ({ name, size_bytes: text.length, searchable: true })),
      truncated: false,
    }),
    drive_read: ({ name }: { name: string }) => {
      const text = files[name];
      if (text === undefined) throw new ToolError('drive_read', `There is no file "${name}".`);
      return { text, sha256: `sha-${text.length}`, truncated: false };
    },
    drive_write: ({ name, content }: { name: string; content: string }) => {
      files[name] = content;
      return { name, version: 1, sha256: `sha-${content.length}` };
    },
    memory_remember: ({ text }: { text: string }) => {
      memories.push(text);
      return { universal_id: `memory:${memories.length}` };
    },
    memory_ask: () => ({
      hits: [
        ...memories.map((text, index) => ({
          universal_id: `memory:${index}`,
          source: '',
          source_kind: 'memory',
          speaker: 'user',
          text,
          at: index,
          score: 1,
        })),
        ...Object.entries(files).map(([source, text]) => ({
          universal_id: `drive:${source}`,
          source,
          source_kind: 'drive',
          speaker: 'user',
          text,
          at: 0,
          score: 1,
        })),
      ],
    }),
    task_progress: () => ({}),
  };
  return { files, tools: { call: async (name, input) => handlers[name]?.(input as never) as never } };
}

const agent = {
  id: '1',
  name: 'aria',
  role: 'researcher',
  systemPrompt: '',
  modelTier: 'none',
  modelProvider: 'none',
  officeName: 'acme',
};
const run = (cause: TurnCause, tools: Tools) =>
  reflexDriver.run({ agent, cause, at: 0, credentials: [] }, { tools } as TurnHost);
const say = async (text: string, tools: Tools) => {
  const outcome = await run({ kind: 'message', from: 'user', text, history: [] }, tools);
  return outcome.kind === 'reply' ? outcome.text : outcome.kind;
};
const work = (title: string, tools: Tools, description = '') =>
  run({ kind: 'task', number: 7, title, description, verificationType: 'manual', reviewNotes: null }, tools);

const SALES = 'region,price,units\nnorth,"1,200.50",3\nsouth,99.5,2\n';

describe('in chat', () => {
  it('it says what it is', async () => {
    for (const text of ['hi', 'who are you?', 'are you a language model?'])
      expect(await say(text, world({}).tools)).toContain('without a language model');
  });

  it('it remembers, and answers with who said it', async () => {
    const { tools } = world({});
    expect(await say('please remember that the wifi password is tulip', tools)).toContain('Noted');
    expect(await say('what is the wifi password?', tools)).toMatch(
      /^the wifi password is tulip\n\nSource: what user told me on/,
    );
  });

  it('it answers from a file with its name, and never from what does not answer', async () => {
    const { tools } = world({ 'plan.md': '# Plan\n\nThe launch is on 3 May. Bring cake.' });
    expect(await say('When is the launch?', tools)).toBe('The launch is on 3 May.\n\nSource: plan.md');
    expect(await say('Who invented the telephone?', tools)).toContain('I do not know');
  });

  it('it asks back when it does not understand, and does not repeat a question as its answer', async () => {
    const { tools } = world({ 'faq.md': 'When is the launch?' });
    expect(await say('frobnicate the xyzzy', tools)).toContain('did not understand');
    expect(await say('When is the launch?', tools)).toContain('I do not know');
  });

  it.each([
    ['how many rows in sales.csv', '2 rows'],
    ['sum column price in sales.csv', 'is 1300'],
    ['summarise notes.md', 'in its own words'],
    ['convert sales.csv to json', '"region": "north"'],
    ['compare a.txt with b.txt', 'Only in a.txt:\n- one'],
    ['extract emails from notes.md', 'ann@example.com'],
    ['find "umbrella" in notes.md', 'notes.md:3'],
    ['list files', 'sales.csv'],
  ])('it can: %s', async (text, part) => {
    const notes =
      'Ann leads the project and writes to ann@example.com every week.\n\nTake an umbrella along, since it rains most days in this town.';
    const { tools } = world({ 'sales.csv': SALES, 'notes.md': notes, 'a.txt': 'one\ntwo', 'b.txt': 'two\nthree' });
    expect(await say(text, tools)).toContain(part);
  });

  it('no message costs more than a moment, however odd', async () => {
    const { tools } = world({ 'x.md': `${'['.repeat(40_000)}${'\n'.repeat(40_000)}` });
    const odd = [
      `find${' '.repeat(90_000)}x`,
      'convert '.repeat(12_000),
      `${'a '.repeat(40_000)}?`,
      '@'.repeat(90_000),
      'extract todos from x.md',
      'convert x.md to text',
      `remember ${'(('.repeat(40_000)}`,
    ];
    const startedAt = performance.now();
    for (const text of odd) await say(text, tools);
    // A quadratic pattern takes minutes here: the bound only tells the two apart.
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });
});

describe('at work', () => {
  it('it writes a result file and names it with its sources as evidence', async () => {
    const { tools, files } = world({ 'plan.md': 'The launch is on 3 May.' });
    const outcome = await work('Find out when the launch is', tools);
    expect(outcome).toMatchObject({
      kind: 'task_done',
      result: 'The launch is on 3 May.',
      evidence: { files: [{ name: 'results/task-7.md' }], sources: ['plan.md'], quotes: [{ source: 'plan.md' }] },
    });
    expect(files['results/task-7.md']).toContain('The launch is on 3 May.');
  });

  it('it writes what it converted as a file of its own', async () => {
    const { tools, files } = world({ 'sales.csv': SALES });
    await work('Convert sales.csv to json', tools);
    expect(JSON.parse(files['results/sales.json'] ?? '')).toEqual([
      { region: 'north', price: '1,200.50', units: '3' },
      { region: 'south', price: '99.5', units: '2' },
    ]);
  });

  it.each([
    ['Find the word loopback in README.md', 'README.md:2: it listens on loopback'],
    ['Find loopback in README.md', 'README.md:2'],
    ['Count the lines containing GUILDHALL in README.md', 'README.md: 2 lines with "GUILDHALL"'],
    ['Count the lines that mention "guildhall data" in README.md', '1 lines'],
    ['How many lines with the word loopback are in README.md', '1 lines with "loopback"'],
    ['Count the lines in README.md', '3 lines'],
    ['How many files are there on the drive?', '1 files'],
    ['Find "nowhere to be seen" in README.md', 'is in none of'],
  ])('it does what it is told: %s', async (title, part) => {
    const { tools } = world({ 'README.md': 'GUILDHALL\nit listens on loopback\nGUILDHALL data' });
    expect(await work(title, tools)).toMatchObject({ kind: 'task_done', result: expect.stringContaining(part) });
  });

  it.each([
    ['Count the paragraphs in README.md', 'lines, words, characters'],
    ['Count the words in nosuch.md', 'nosuch.md is not on the drive'],
    ['Summarise README.md and nosuch.md', 'nosuch.md is not on the drive'],
    ['Compare README.md', 'which other file'],
    ['Extract the phone numbers from README.md', 'I can extract'],
    ['Count the lines without a number in README.md', 'in quotes'],
    ['Polish README.md', 'did not understand'],
    ['Count the lines in README.md that do not contain "phone"', '"not"'],
    ['Count lines without "phone" in README.md', '"without"'],
    ['Do not count the lines in README.md', '"not"'],
    ['Sum the amount column in orders.csv for EUR only', '"only"'],
    ['Sum the amount column in orders.csv for EUR', '"for"'],
    ['Extract numbers greater than 20 from README.md', '"greater"'],
    ['Count the words in the second line of README.md', '"second"'],
    ['Count the empty lines in README.md', '"empty"'],
    ['Read the last line of README.md', '"last"'],
    ['Count lines with ERROR or WARN in README.md', '"or"'],
    ['Find "a" or "b" in README.md', '"or"'],
    ['Count the lines with "phone" and "polish" in README.md', 'more than one text'],
    ['Find and replace Bob with Rob in README.md', '"replace"'],
    ['Delete all lines containing "phone" from README.md', '"Delete"'],
    ['Count the lines in README.md, then delete it', '"then"'],
    ['Read README.md aloud and email it to Bob', '"email it"'],
    ['Find a good hotel in Berlin', 'in quotes'],
    ['Summarise README.md in German', '"in German"'],
    ['Count the csv files', 'which files'],
    ['Extract links and dates from README.md', 'more than one kind'],
    ['How many orders are paid?', 'answers this'],
  ])('it asks instead of handing in something else: %s', async (title, part) => {
    const { tools } = world({
      'README.md': 'Count the words, compare and polish: README.md has 12 phone numbers.',
      'orders.csv': 'orders,customer,amount,currency,paid\n1,Bob,10,EUR,yes\n2,Ann,20,USD,no\n',
    });
    expect(await work(title, tools)).toMatchObject({ kind: 'task_blocked', reason: expect.stringContaining(part) });
  });

  it('it says what it would have to know, instead of handing in nothing', async () => {
    expect(await work('Frobnicate', world({}).tools)).toMatchObject({
      kind: 'task_blocked',
      reason: expect.stringContaining('did not understand'),
    });
  });
});

describe('as a reviewer', () => {
  const review = (evidence: Record<string, unknown>, files: Record<string, string>, result = 'done') =>
    run(
      { kind: 'review', number: 1, title: 'x', description: '', result, evidence: evidence as never },
      world(files).tools,
    );

  it('it accepts what the drive bears out', async () => {
    const evidence = { files: [{ name: 'r.md', sha256: 'sha-6' }], quotes: [{ source: 'plan.md', text: 'on 3 May' }] };
    expect(await review(evidence, { 'r.md': 'result', 'plan.md': 'It is\non 3 May.' })).toMatchObject({
      accepted: true,
    });
  });

  it.each([
    ['a file that is not there', { files: [{ name: 'nowhere.md' }] }, {}, 'x'],
    ['a file that was changed', { files: [{ name: 'r.md', sha256: 'other' }] }, { 'r.md': 'result' }, 'x'],
    ['a quote that is made up', { quotes: [{ source: 'plan.md', text: 'on 4 May' }] }, { 'plan.md': 'on 3 May' }, 'x'],
    ['no result', {}, {}, ' '],
  ])('it rejects %s', async (_what, evidence, files, result) => {
    expect(await review(evidence, files as Record<string, string>, result)).toMatchObject({ accepted: false });
  });
});

it('operations on text count what they say they count', () => {
  const file = (text: string) => ({ name: 'x', text, truncated: false });
  expect(countIn(file('a b\nc\n'), 'lines')).toBe(2);
  expect(countIn(file('a b\nc\n'), 'words')).toBe(3);
  expect(countIn(file('ä😀'), 'characters')).toBe(2);
  expect(countIn(file('x err\nerr err'), 'words', 'err')).toBe(3);
  expect(sumColumn(file(SALES), 'price')).toEqual({ sum: 1300, rows: 2, skipped: 0 });
  expect(sumColumn(file(SALES), 'nothing')).toBeUndefined();
  expect(extractFrom(file('see https://a.example/x. and 2026-05-06'), 'urls')).toEqual(['https://a.example/x']);
  expect(convert(file('just words'), 'json')).toBeUndefined();
  expect(readIntent('@aria remember: tea at five')).toEqual({ kind: 'remember', text: 'tea at five' });
});
