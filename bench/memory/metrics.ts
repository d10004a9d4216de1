import type { Question } from './sets.ts';

/** What one answer was worth. */
export interface Score {
  category: string;
  recallAt5: number;
  recallAt10: number;
  recallAt20: number;
  reciprocalRank: number;
  ndcgAt10: number;
  /** Whether all evidence is among the first ten. */
  isWholeAt10: number;
  /** Share of the evidence in what fits into so many tokens, best first. */
  within500: number;
  within1000: number;
  within2000: number;
}

export type Metric = Exclude<keyof Score, 'category'>;

/** Scores a ranked list of memory ids. */
export function scoreOf(
  { category, gold }: Question,
  ranked: readonly string[],
  tokensOf: (id: string) => number,
): Score {
  const wanted = new Set(gold);
  const recall = (limit: number) => ranked.slice(0, limit).filter((id) => wanted.has(id)).length / wanted.size;
  const first = ranked.findIndex((id) => wanted.has(id));
  const gain = (index: number) => 1 / Math.log2(index + 2);
  const found = ranked.slice(0, 10).reduce((sum, id, index) => sum + (wanted.has(id) ? gain(index) : 0), 0);
  const best = Array.from({ length: Math.min(10, wanted.size) }, (_, index) => gain(index));
  return {
    category,
    recallAt5: recall(5),
    recallAt10: recall(10),
    recallAt20: recall(20),
    reciprocalRank: first === -1 ? 0 : 1 / (first + 1),
    ndcgAt10: found / best.reduce((sum, value) => sum + value, 0),
    isWholeAt10: recall(10) === 1 ? 1 : 0,
    within500: recall(fitting(ranked, 500, tokensOf)),
    within1000: recall(fitting(ranked, 1_000, tokensOf)),
    within2000: recall(fitting(ranked, 2_000, tokensOf)),
  };
}

/** How many of a ranking fit into so many tokens, whole. */
function fitting(ranked: readonly string[], tokens: number, tokensOf: (id: string) => number): number {
  let left = tokens;
  const end = ranked.findIndex((id) => {
    left -= tokensOf(id);
    return left < 0;
  });
  return end === -1 ? ranked.length : end;
}

export function mean(scores: readonly Score[], metric: Metric): number {
  return scores.reduce((sum, score) => sum + score[metric], 0) / Math.max(1, scores.length);
}

const SAMPLES = 1_000;

/** The middle 95 % of the mean difference of two systems on the same questions, drawn anew with a fixed seed. */
export function pairedInterval(
  one: readonly Score[],
  other: readonly Score[],
  metric: Metric,
): { low: number; high: number } {
  const differences = one.map((score, index) => score[metric] - (other[index]?.[metric] ?? 0));
  let state = 1;
  const random = () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
  const means = Array.from({ length: SAMPLES }, () => {
    let sum = 0;
    for (let draw = 0; draw < differences.length; draw++)
      sum += differences[Math.floor(random() * differences.length)] ?? 0;
    return sum / Math.max(1, differences.length);
  }).sort((a, b) => a - b);
  return { low: means[Math.floor(SAMPLES * 0.025)] ?? 0, high: means[Math.floor(SAMPLES * 0.975)] ?? 0 };
}
