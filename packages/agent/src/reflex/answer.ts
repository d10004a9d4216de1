import { contentWords, coverage, splitSentences } from '@guildhall/kernel';
import type { Tools } from '../tools.ts';

export interface Answer {
  /** Word for word as in the source. */
  quote: string;
  /** File name, or who said it and when. */
  source: string;
  sourceKind: string;
  universalId: string;
}

const HITS = 12;
/** A sentence that shares less of the question's words than this answers another question: better to know nothing. */
const COVERAGE_MIN = 0.7;

/** What is counted or reckoned is in no line of a table or log: only where somebody has written it down. */
const ASKS_AMOUNT = /\b(?:how (?:many|much|often)|average|total|sum|number of|largest|smallest|highest|lowest)\b/i;
const IS_DATA = /\.(?:csv|tsv|jsonl?|log)$/i;

/** Looks a question up in memory and drive. Undefined when nothing there answers it. */
export async function lookUp(asked: string, tools: Tools): Promise<Answer | undefined> {
  const question = asked.replace(/^(?:please\s+)?(?:find out|tell me|look up|answer)\b[:,]?\s*/i, '');
  const { hits } = await tools.call('memory_ask', { query: question, limit: HITS });
  const topScore = hits[0]?.score ?? 0;
  const candidates = hits
    // What agents wrote themselves is no evidence for what they say next.
    .filter((hit) => !hit.source.startsWith('results/'))
    .flatMap((hit) =>
      passagesOf(hit.text, hit.source).map(({ quote, context }) => ({
        hit,
        quote,
        weight:
          coverage(question, `${quote} ${context} ${hit.source}`) +
          0.5 * coverage(question, quote) +
          (topScore > 0 ? (0.3 * hit.score) / topScore : 0),
        covered: coverage(question, `${quote} ${context} ${hit.source}`),
      })),
    )
    .filter(
      (candidate) =>
        (!ASKS_AMOUNT.test(question) || (/\d/.test(candidate.quote) && !IS_DATA.test(candidate.hit.source))) &&
        candidate.covered >= COVERAGE_MIN &&
        coverage(question, candidate.quote) > 0 &&
        !isEcho(question, candidate.quote),
    );
  const best = candidates.sort((a, b) => b.weight - a.weight || b.hit.at - a.hit.at)[0];
  if (best === undefined) return undefined;
  const { hit } = best;
  const source =
    hit.source_kind === 'drive'
      ? hit.source
      : hit.source_kind === 'memory'
        ? `what ${hit.speaker} told me on ${dayOf(hit.at)}`
        : [hit.source, hit.speaker, dayOf(hit.at)].filter((part) => part !== '').join(', ');
  return { quote: best.quote, source, sourceKind: hit.source_kind, universalId: hit.universal_id };
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** The sentences of a piece, each with the heading that it stands under. */
function passagesOf(text: string, source: string): { quote: string; context: string }[] {
  const passages: { quote: string; context: string }[] = [];
  let heading = '';
  // Tables, settings and logs are lines, not prose.
  const isProse = /(?:^|\.(?:md|txt|html?))$/i.test(source) || !/\.[a-z0-9]{1,8}$/i.test(source);
  const sentences = isProse ? splitSentences(text) : text.split('\n').map((line) => line.trim());
  for (const [index, sentence] of sentences.entries()) {
    // The names of columns answer nothing.
    if (index === 0 && /\.(?:csv|tsv)$/i.test(source)) continue;
    // The head of a table and its rule say what the rows are about; they answer nothing themselves.
    if (/^\|[\s:|-]+\|$/.test(sentence)) continue;
    if (/^\|[\s:|-]+\|$/.test(sentences[index + 1] ?? '')) heading = sentence.replaceAll('|', ' ');
    else if (/^#{1,6} /.test(sentence)) heading = sentence.replace(/^#+ /, '');
    else if (/[\p{L}\p{N}]/u.test(sentence)) passages.push({ quote: sentence, context: heading });
  }
  return passages;
}

/** A question that somebody wrote down, alone or within a longer line, is not its own answer. */
function isEcho(question: string, sentence: string): boolean {
  const fold = (text: string) => (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(' ');
  return (
    sentence.endsWith('?') ||
    fold(sentence).includes(fold(question)) ||
    contentWords(sentence).join(' ') === contentWords(question).join(' ')
  );
}
