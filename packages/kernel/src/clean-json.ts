import type { Json } from './json.ts';

/** `JSON.stringify` writes both as escapes: NUL, and halves of a pair that stand alone. */
const SUSPECT = /\\u(?:0000|[dD][89a-fA-F])/;

/** A text that every database and every wire takes: without NUL, with halves of surrogate pairs replaced. */
export function cleanText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '');
}

/** The same for every text in a value, names of fields among them. What has nothing in it is returned as it is. */
export function cleanJson<T extends Json>(value: T): T {
  const text = JSON.stringify(value);
  if (text === undefined || !SUSPECT.test(text)) return value;
  return JSON.parse(text, (_name, item: unknown) => {
    if (typeof item === 'string') return cleanText(item);
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).map(([name, inner]) => [cleanText(name), inner]));
  }) as T;
}
