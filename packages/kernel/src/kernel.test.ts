import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalJson,
  clipText,
  decodeCursor,
  encodeCursor,
  formatInstant,
  newId,
  pageOf,
  parseInstant,
  splitSentences,
  stem,
} from './index.ts';

it('an instant is written as JavaScript writes it, at any time', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -2_000_000_000_000, max: 9_000_000_000_000 }),
      (at) => formatInstant(at) === new Date(at).toISOString(),
    ),
  );
  expect(parseInstant('2026-05-06T13:14:00.000Z')).toBe(Date.UTC(2026, 4, 6, 13, 14));
  expect(parseInstant('1778073240')).toBe(1_778_073_240_000);
  expect(parseInstant('soon')).toBeUndefined();
});

it('canonical JSON is the same for the same value, whatever the order of its keys', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse());
      expect(canonicalJson(reversed)).toBe(canonicalJson(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

it('a clipped text is never longer than asked and always well-formed', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.nat(40),
      (text, max) => clipText(text, max).length <= max && clipText(text, max).isWellFormed(),
    ),
  );
});

describe('pages', () => {
  it('carry a cursor only when there is more, and take back only what they issued', () => {
    const rows = [1, 2, 3];
    expect(pageOf(rows, 3, (row) => [row])).toEqual({ items: rows });
    const page = pageOf(rows, 2, (row) => [row]);
    expect(page.items).toEqual([1, 2]);
    expect(decodeCursor(page.nextCursor ?? '', 'number')).toEqual([2]);
    const others = [[1, 2], ['1'], [1.5], [null], { a: 1 }].map((key) => Buffer.from(JSON.stringify(key)));
    for (const cursor of ['', 'rubbish', ...others.map((key) => key.toString('base64url'))])
      expect(() => decodeCursor(cursor, 'number')).toThrow('cursor');
    expect(() => decodeCursor(encodeCursor([1]), 'string')).toThrow('cursor');
  });
});

it('ids sort in the order they were made', () => {
  const ids = Array.from({ length: 20_000 }, () => newId());
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids.map((id) => id.slice(-12))).size).toBe(ids.length);
  for (const id of ids.slice(0, 100)) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Math.abs(Number.parseInt(id.replace('-', '').slice(0, 12), 16) - Date.now())).toBeLessThan(60_000);
  }
});

it('sentences are whole: wrapped lines are joined, lists, tables and code are not', () => {
  expect(
    splitSentences('# Head\n\nOne two\nthree. Four\nfive.\n\n- item a\n- item b\n\n```\ncode one\ncode two\n```'),
  ).toEqual(['# Head', 'One two three.', 'Four five.', '- item a', '- item b', '```', 'code one', 'code two', '```']);
  expect(stem('budgets')).toBe(stem('budget'));
});
