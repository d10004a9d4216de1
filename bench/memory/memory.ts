import { quantile, type Row } from '../report.ts';
import { type Metric, mean, pairedInterval, type Score, scoreOf } from './metrics.ts';
import { type EvaluationSet, pooled, readMentions, readSet, setNames } from './sets.ts';
import { supersedeRow } from './supersede.ts';
import { cortex, fullText, miniSearch, naiveRrf, type System, verbatimRag } from './systems.ts';

/** What the issue asks of each kind of set; the figure by which it is judged stands first. */
const AIMS: { prefix: string; metric: Metric; aim: string }[] = [
  { prefix: 'locomo', metric: 'recallAt10', aim: '>= best control, + 0.03; multi-hop >= 0.47' },
  { prefix: 'musique', metric: 'recallAt5', aim: '>= 0.60, graph on > graph off' },
  { prefix: 'workbench', metric: 'recallAt10', aim: '>= 0.75' },
  { prefix: 'hotpotqa', metric: 'recallAt10', aim: '>= 0.89' },
  { prefix: 'cranfield', metric: 'ndcgAt10', aim: '>= 0.50' },
];
const OURS = cortex('cortex');
const WORDS = cortex('cortex, words alone', { signals: ['words'] });
const VECTORS = cortex('cortex, vectors alone', { signals: ['vector'] });
const CONTROLS: System[] = [
  WORDS,
  cortex('cortex, no graph', { signals: ['words', 'vector', 'time', 'author', 'id'] }),
  VECTORS,
  naiveRrf(WORDS, VECTORS),
  verbatimRag,
  miniSearch,
  fullText,
];

/** Retrieval on public sets, beside controls in the same run. No model anywhere; the same figures each time, save the times. */
export async function benchMemory(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const name of setNames()) {
    const { metric, aim } = AIMS.find(({ prefix }) => name.startsWith(prefix)) ?? {
      metric: 'recallAt10' as const,
      aim: '-',
    };
    const set = readSet(name);
    const mentions = readMentions(name);
    rows.push(...(await compare(set, metric, aim, mentions === undefined ? [] : withGiven(mentions))));
    // An office has one memory: many stores in one are the honest test.
    const isMany = new Set(set.memories.map(({ store }) => store)).size > 1;
    if (isMany) rows.push(...(await compare(pooled(set), metric, '>= best control, + 0.02', [])));
  }
  rows.push(await supersedeRow());
  return rows;
}

/** With entities that others extracted: what the graph is worth when the extraction is not ours. */
function withGiven(mentions: NonNullable<ReturnType<typeof readMentions>>): System[] {
  return [
    cortex('cortex, given triples', { mentions }),
    cortex('cortex, given triples, no graph', { mentions, signals: ['words', 'vector', 'time', 'author', 'id'] }),
  ];
}

async function compare(set: EvaluationSet, metric: Metric, aim: string, more: System[]): Promise<Row[]> {
  const ours = await measure(OURS, set);
  const rows = [row(set, OURS, ours, metric, `${byCategory(ours.scores, metric)}`, aim)];
  for (const system of [...more, ...CONTROLS]) {
    process.stderr.write(`  ${set.name}: ${system.name}\n`);
    const measured = await measure(system, set);
    rows.push(row(set, system, measured, metric, difference(ours.scores, measured.scores, metric), '-'));
  }
  return rows;
}

interface Measured {
  scores: Score[];
  times: number[];
}

async function measure(system: System, set: EvaluationSet): Promise<Measured> {
  const opened = await system.open(set.memories);
  const tokens = new Map(set.memories.map(({ id, text }) => [id, Math.ceil(text.length / CHARS_A_TOKEN)]));
  const scores: Score[] = [];
  const times: number[] = [];
  for (const question of set.questions) {
    const startedAt = performance.now();
    const ranked = await opened.search(question.store, question.query);
    times.push(performance.now() - startedAt);
    scores.push(scoreOf(question, ranked, (id) => tokens.get(id) ?? 0));
  }
  await opened.close();
  return { scores, times };
}

const CHARS_A_TOKEN = 4;

const METRICS: [Metric, string][] = [
  ['recallAt5', 'R@5'],
  ['recallAt10', 'R@10'],
  ['recallAt20', 'R@20'],
  ['reciprocalRank', 'MRR'],
  ['ndcgAt10', 'nDCG@10'],
  ['isWholeAt10', 'all@10'],
  ['within500', 'in 500'],
  ['within1000', '1000'],
  ['within2000', '2000 tokens'],
];

function row(
  set: EvaluationSet,
  system: System,
  { scores, times }: Measured,
  metric: Metric,
  note: string,
  aim: string,
): Row {
  const timed = `${quantile(times, 0.5).toFixed(1)} / ${quantile(times, 0.95).toFixed(1)} ms`;
  return { what: `${set.name}: ${system.name}`, measured: `${describe(scores, metric)}; ${note}; ${timed}`, aim };
}

/** The metric that counts for the set first, with its middle 95 %. */
function describe(scores: Score[], metric: Metric): string {
  const inOrder = [...METRICS].sort(([one], [other]) => Number(other === metric) - Number(one === metric));
  const { low, high } = pairedInterval(scores, [], metric);
  const interval = `(${low.toFixed(3)} to ${high.toFixed(3)})`;
  return inOrder
    .map(([name, label], index) => `${label} ${mean(scores, name).toFixed(3)}${index === 0 ? ` ${interval}` : ''}`)
    .join(' ');
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
