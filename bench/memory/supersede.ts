import { findSource, findStore, indexSources, searchMemory, supersedeSource } from '@guildhall/cortex';
import type { Row } from '../report.ts';
import { percent } from '../report.ts';
import { benchSource, openBenchEngine } from './engine.ts';
import { randomFrom } from './random.ts';

const PAIRS = 1_000;
const SUBJECTS = 'office warehouse contract server budget meeting supplier password-policy car invoice'.split(' ');
const VALUES = 'Bergen Oslo Porto Lund Ghent Turin Graz Brno Cork Vigo Riga Tartu'.split(' ');

/** A fact, and a correction of it that says nearly the same: the new one must win now, the old one in questions about before. */
export async function supersedeRow(): Promise<Row> {
  const { engine, close } = await openBenchEngine();
  const random = randomFrom(7);
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T;
  const pairs = Array.from({ length: PAIRS }, (_, index) => {
    const subject = `${pick(SUBJECTS)} number ${index}`;
    const old = pick(VALUES);
    const fresh = pick(VALUES.filter((value) => value !== old));
    const at = 1_000_000 + index * 1_000;
    return { subject, old: `The ${subject} is in ${old}.`, fresh: `The ${subject} is in ${fresh} now.`, at };
  });
  let right = 0;
  await engine.db.transaction().execute(async (db) => {
    for (const [index, { old, fresh, at }] of pairs.entries()) {
      const facts = [
        benchSource({ externalId: `${index}-old`, text: old, at }),
        benchSource({ externalId: `${index}-new`, text: fresh, at: at + 500 }),
      ];
      await indexSources(db, engine.kind, 'o', facts, at);
      const store = await findStore(db, 'o');
      const found = await findSource(db, store?.number ?? 0, `set:${index}-old`);
      if (found === undefined) throw new Error('a fact was lost');
      await supersedeSource(db, engine.kind, found.source, {
        universalId: `set:${index}-new`,
        reason: 'it moved',
        at: at + 500,
      });
    }
  });
  for (const [index, { subject, at }] of pairs.entries()) {
    const search = { officeId: 'o', query: `Where is the ${subject}?`, limit: 5, audiences: 'all', now: 0 } as const;
    const now = await searchMemory(engine.db, search);
    const before = await searchMemory(engine.db, { ...search, asOf: at + 100 });
    if (now.hits[0]?.externalId === `${index}-new` && before.hits[0]?.externalId === `${index}-old`) right += 1;
  }
  await close();
  return {
    what: `supersede: ${PAIRS} corrected facts`,
    measured: `${percent(right, PAIRS)} right, now and before`,
    aim: '>= 98 %',
  };
}
