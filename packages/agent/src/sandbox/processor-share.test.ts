import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ProcessorShare } from './processor-share.ts';

it('whatever a command asks for, over any time it gets no more than its share and what it may save up', () => {
  const looks = fc.array(
    fc.record({ passedMs: fc.integer({ min: 1, max: 200 }), threads: fc.integer({ min: 0, max: 8 }) }),
    { minLength: 1, maxLength: 200 },
  );
  fc.assert(
    fc.property(looks, fc.constantFrom(0.1, 0.5, 1, 2.5), (steps, cores) => {
      let isPaused = false;
      const share = new ProcessorShare(cores, 0, 0, (paused) => {
        isPaused = paused;
      });
      const used: { at: number; cpuMs: number }[] = [{ at: 0, cpuMs: 0 }];
      for (const { passedMs, threads } of steps) {
        const last = used.at(-1) ?? { at: 0, cpuMs: 0 };
        const next = { at: last.at + passedMs, cpuMs: last.cpuMs + (isPaused ? 0 : passedMs * threads) };
        used.push(next);
        share.look(next.cpuMs, next.at);
      }
      // Within one look it may use all processors that there are.
      const ahead = 500 * cores + 200 * 8;
      for (const [index, from] of used.entries())
        for (const to of used.slice(index))
          expect(to.cpuMs - from.cpuMs).toBeLessThanOrEqual((to.at - from.at) * cores + ahead);
    }),
  );
});

it('what keeps to its share is never stopped', () => {
  const pauses: boolean[] = [];
  const share = new ProcessorShare(1, 0, 0, (isPaused) => pauses.push(isPaused));
  for (let at = 0; at <= 60_000; at += 200) share.look(at, at);
  expect(pauses).toEqual([]);
});
