import { quantile, type Row } from '../report.ts';
import { type Metric, mean, pairedInterval, type Score, scoreOf } from './metrics.ts';
import { type EvaluationSet, pooled, readSet } from './sets.ts';
import { cortex, fullText, miniSearch, type System } from './systems.ts';

/** What the issue asks of each set; the figure by which it is judged stands first. */
const SETS: { name: string; isPooled?: boolean; metric: Metric; aim: string }[] = [
  { name: 'locomo-dev', metric: 'recallAt10', aim: '>= best control, + 0.03' },
  { name: 'locomo-dev', isPooled: true, metric: 'recallAt10', aim: '>= best control, + 0.02' },
  { name: 'musique-dev', metric: 'recallAt5', aim: '>= 0.60' },
  { name: 'workbench-dev', metric: 'recallAt10', aim: '>= 0.75' },
  { name: 'hotpotqa', metric: 'recallAt10', aim: '>= 0.89' },
  { name: 'cranfield', metric: 'ndcgAt10', aim: '>= 0.50' },
];
const OURS = cortex('cortex');
const SYSTEMS: System[] = [OURS, miniSearch, fullText];

/** Retrieval on public sets, beside controls in the same run. No model anywhere; the same figures each time, save the times. */
export async function benchMemory(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, isPooled = false, metric, aim } of SETS) {
    const set = isPooled ? pooled(readSet(name)) : readSet(name);
    const ours: Score[] = [];
    for (const system of SYSTEMS) {
      const { scores, times } = await measure(system, set);
      if (system === OURS) ours.push(...scores);
      rows.push({
        what: `${set.name}: ${system.name}`,
        measured: [
          describe(scores, metric),
          ...(system === OURS ? [byCategory(scores, metric)] : [difference(ours, scores, metric)]),
          `${quantile(times, 0.5).toFixed(1)} / ${quantile(times, 0.95).toFixed(1)} ms`,
        ].join('; '),
        aim: system === OURS ? aim : '-',
      });
    }
  }
  return rows;
}

async function measure(system: System, set: EvaluationSet): Promise<{ scores: Score[]; times: number[] }> {
  const opened = await system.open(set.memories);
  const scores: Score[] = [];
  const times: number[] = [];
  for (const question of set.questions) {
    const startedAt = performance.now();
    const ranked = await opened.search(question.store, question.query);
    times.push(performance.now() - startedAt);
    scores.push(scoreOf(question, ranked));
  }
  await opened.close();
  return { scores, times };
}

const METRICS: [Metric, string][] = [
  ['recallAt5', 'R@5'],
  ['recallAt10', 'R@10'],
  ['recallAt20', 'R@20'],
  ['reciprocalRank', 'MRR'],
  ['ndcgAt10', 'nDCG@10'],
  ['isWholeAt10', 'all@10'],
];

/** The metric that counts for the set first. */
function describe(scores: Score[], metric: Metric): string {
  const inOrder = [...METRICS].sort(([one], [other]) => Number(other === metric) - Number(one === metric));
  return inOrder.map(([name, label]) => `${label} ${mean(scores, name).toFixed(3)}`).join(' ');
}

function byCategory(scores: Score[], metric: Metric): string {
  const categories = [...new Set(scores.map(({ category }) => category))].sort();
  if (categories.length === 1) return 'one category';
  return categories
    .map((category) => {
      const own = scores.filter((score) => score.category === category);
      return `${category} ${mean(own, metric).toFixed(3)}`;
    })
    .join(', ');
}

/** How far the engine is ahead of a control, with the middle 95 % of that. */
function difference(ours: Score[], control: Score[], metric: Metric): string {
  const { low, high } = pairedInterval(ours, control, metric);
  const ahead = mean(ours, metric) - mean(control, metric);
  const signed = (value: number) => `${value < 0 ? '' : '+'}${value.toFixed(3)}`;
  return `cortex ${signed(ahead)} (${signed(low)} to ${signed(high)})`;
}
