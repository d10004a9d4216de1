import { clipText, type Json } from '@guildhall/kernel';

const RESULT_CHARS_MAX = 60_000;
const TEXT_CHARS_MAX = 50_000;

/**
 * A result as an agent can take it: a tool that answers with a hundred megabytes would end the turn, and the database. Long
 * texts lose their middle; what is still too large becomes its own beginning.
 */
export function clipResult(result: Json): Json {
  const text = JSON.stringify(result) ?? 'null';
  if (text.length <= RESULT_CHARS_MAX) return result;
  if (typeof result === 'string') return cutMiddle(result);
  if (result !== null && typeof result === 'object' && !Array.isArray(result)) {
    const cut = Object.fromEntries(
      Object.entries(result).map(([key, value]) => [key, typeof value === 'string' ? cutMiddle(value) : value]),
    );
    if (JSON.stringify(cut).length <= RESULT_CHARS_MAX * 2) return cut;
  }
  return { truncated: true, characters: text.length, beginning: clipText(text, TEXT_CHARS_MAX) };
}

function cutMiddle(text: string): string {
  if (text.length <= TEXT_CHARS_MAX) return text;
  const half = TEXT_CHARS_MAX / 2;
  const left = clipText(text, half);
  const right = text.slice(-half).toWellFormed();
  return `${left}\n[… ${text.length - 2 * half} characters left out …]\n${right}`;
}
