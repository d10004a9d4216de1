const STOP_WORDS = new Set(
  `a about after all also am an and any are as at be because been before being but by can could did do does doing for from
  get give had has have having he her here hers him his how i if in into is it its just know like me more most my no not of off on
  one only or other remember remind our out over please said say she should so some tell than that the their them then there these they this those
  to too under up us was we were what when where which while who whom whose why will with would you your`.split(/\s+/),
);

/** Words that carry meaning, lower case, in order, without repeats. */
export function contentWords(text: string): string[] {
  const words =
    text
      .toLowerCase()
      // Composed, with its marks: taken apart, "Ärger" would be an "a" and an "rger".
      .normalize('NFKC')
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return [...new Set(words.filter((word) => !STOP_WORDS.has(word) && word.length > 1 && word.length <= 64))];
}

/** A light English stem: enough to see that "budgets" and "budget", "failed" and "fails" are one word. */
export function stem(word: string): string {
  if (word.length <= 3) return word;
  const bare = word
    .replace(/(?:ies|ied)$/, 'y')
    .replace(/(?:sses)$/, 'ss')
    .replace(/([^aeiou])\1(?:ing|ed)$/, '$1')
    .replace(/(?:ing|edly|ed|ly)$/, '');
  const base = bare.length >= 3 ? bare : word;
  return base.replace(/(?<![s])s$/, '').replace(/e$/, '');
}

/** Sentences and list lines, whole, in order. Lines that an editor wrapped are put together again. */
export function splitSentences(text: string): string[] {
  return unwrapLines(text)
    .flatMap((line) => line.split(/(?<=[.!?])\s+(?=[\p{Lu}\p{N}"'`(*])/u))
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence.length > 0);
}

/** A line that begins a thing of its own in Markdown: heading, list item, table row, quote, fence. */
const STARTS_ANEW = /^\s*(?:#{1,6} |[-*+] |\d{1,3}[.)] |\||>|```|~~~|<)/;

function unwrapLines(text: string): string[] {
  const lines: string[] = [];
  let continues = false;
  let inFence = false;
  for (const line of text.split('\n')) {
    const isBlank = line.trim() === '';
    const last = lines.length - 1;
    if (/^\s*(?:```|~~~)/.test(line)) inFence = !inFence;
    if (!isBlank && continues && !inFence && !STARTS_ANEW.test(line)) lines[last] = `${lines[last]} ${line.trim()}`;
    else if (!isBlank) lines.push(line);
    continues = !isBlank && !/^\s*(?:#{1,6} |\||```|~~~)/.test(line);
  }
  return lines;
}

/** How often each stem occurs in a text, and how many words the text has. */
export function countStems(text: string): { counts: Map<string, number>; length: number } {
  const counts = new Map<string, number>();
  let length = 0;
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    const key = stem(word);
    counts.set(key, (counts.get(key) ?? 0) + 1);
    length++;
  }
  return { counts, length };
}

/** Which of the question's words a text contains: an answer that shares none of them is no answer. */
export function coverage(question: string, text: string): number {
  const wanted = [...new Set(contentWords(question).map(stem))];
  if (wanted.length === 0) return 0;
  const { counts } = countStems(text);
  return wanted.filter((word) => counts.has(word)).length / wanted.length;
}
