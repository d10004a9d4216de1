import type { MemorySource } from './memory-source.ts';
import { parseDate } from './time-words.ts';

/** How a record of a message begins when a program made a sentence of it: "Email from a@b.com on 2023-10-01 09:15:02". */
const RECORD =
  /^\s*(?:e-?mail|mail|message|note|letter)\s+from\s+(\S+@\S+|[\p{Lu}][\p{L}'-]+(?:\s+[\p{Lu}][\p{L}'-]+){0,2})\b/iu;
/** How a record of something that happened begins: its date is when that was. A date in any other text is what it speaks of. */
const DATED = /^\s*(?:e-?mail|mail|message|note|letter|event|meeting|appointment|call)\s[^\n]{0,200}/i;
const DATE_HEADER = /^Date:[ \t]*(.{1,100})$/m;
const HEADER = /^From:[ \t]*(.{1,200})$/m;

/** What a text says of itself stands in for what its feed did not say: who wrote it, and when (`at: 0`); else it is of now. */
export function withInferred(source: MemorySource, now: number): MemorySource {
  const head = source.text.slice(0, 500);
  const author = source.author !== '' ? source.author : (RECORD.exec(head)?.[1] ?? HEADER.exec(head)?.[1] ?? '').trim();
  const dated = DATED.exec(head)?.[0] ?? DATE_HEADER.exec(head)?.[1];
  const at = source.at !== 0 ? source.at : ((dated === undefined ? undefined : parseDate(dated)) ?? now);
  return author === source.author && at === source.at ? source : { ...source, author, at };
}
