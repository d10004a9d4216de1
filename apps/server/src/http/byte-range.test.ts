import fc from 'fast-check';
import { expect, it } from 'vitest';
import { byteRangeIn } from './byte-range.ts';

it.each([
  [undefined, 10, undefined],
  ['bytes=0-4', 10, { start: 0, end: 4 }],
  ['bytes=4-', 10, { start: 4, end: 9 }],
  ['bytes=-3', 10, { start: 7, end: 9 }],
  ['bytes=-30', 10, { start: 0, end: 9 }],
  ['bytes=0-99', 10, { start: 0, end: 9 }],
  ['bytes=5-4', 10, undefined],
  ['bytes=0-1,3-4', 10, undefined],
  ['items=0-1', 10, undefined],
  ['bytes=-', 10, undefined],
  ['bytes=a-b', 10, undefined],
])('%s of %i bytes', (header, size, range) => {
  expect(byteRangeIn(header, size)).toEqual(range);
});

it('what the file does not have is refused with its size', () => {
  for (const [header, size] of [
    ['bytes=10-', 10],
    ['bytes=0-', 0],
    ['bytes=-0', 10],
  ] as const)
    expect(() => byteRangeIn(header, size)).toThrow(/bytes/);
});

it('never names bytes that are not there', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), fc.nat(), fc.nat(1_000), (noise, first, last, size) => {
      for (const header of [noise, `bytes=${first}-${last}`, `bytes=${first}-`, `bytes=-${last}`]) {
        let range: ReturnType<typeof byteRangeIn>;
        try {
          range = byteRangeIn(header, size);
        } catch {
          continue;
        }
        if (range === undefined) continue;
        expect(range.start).toBeGreaterThanOrEqual(0);
        expect(range.start).toBeLessThanOrEqual(range.end);
        expect(range.end).toBeLessThan(size);
      }
    }),
  );
});
