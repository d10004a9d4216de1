import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type AuditEntry, chainEntry, firstBrokenEntry, GENESIS_HASH } from './index.ts';

function chainOf(payloads: unknown[]): AuditEntry[] {
  let prevHash = GENESIS_HASH;
  return payloads.map((payload, index) => {
    const entry = chainEntry(prevHash, { id: `e${index}`, at: index, type: 'test.done', actor: 'user:1', payload });
    prevHash = entry.hash;
    return entry;
  });
}

it('a chain holds, and any change of any field of any entry breaks it there', () => {
  const change = fc.constantFrom('id', 'type', 'actor', 'payload', 'hash', 'prevHash');
  fc.assert(
    fc.property(
      fc.array(fc.jsonValue(), { minLength: 1, maxLength: 20 }),
      fc.nat(),
      change,
      (payloads, pick, field) => {
        const chain = chainOf(payloads);
        expect(firstBrokenEntry(chain)).toBeUndefined();
        const index = pick % chain.length;
        const forged = chain.map((entry, at) =>
          at === index ? { ...entry, [field]: `${entry[field as 'id']}x` } : entry,
        );
        expect(firstBrokenEntry(forged)).toBe(index);
      },
    ),
  );
});

it('an entry that is taken out, moved or put in shows', () => {
  const chain = chainOf([1, 2, 3, 4]);
  expect(firstBrokenEntry(chain.filter((_, index) => index !== 1))).toBe(1);
  expect(firstBrokenEntry([...chain].reverse())).toBe(0);
});
