const EXPORT = /^export (?:async )?(?:function\*?|const|class|interface|type) (\w+)/gm;

/** An index that only passes names on uses none of them. */
const isList = (file: string, text: string): boolean => /index\.ts$/.test(file) && !/^import /m.test(text);

/** Exported names that nothing else mentions: dead code, or an export too much. Index files only pass names on. */
export function deadExports(sources: ReadonlyMap<string, string>): string[] {
  const mentions = new Map<string, number>();
  for (const [file, text] of sources) {
    if (isList(file, text)) continue;
    for (const word of new Set(text.match(/\b\w+\b/g) ?? [])) mentions.set(word, (mentions.get(word) ?? 0) + 1);
  }
  const dead: string[] = [];
  for (const [file, text] of sources) {
    // The contract and the client library are offered to others.
    if (/index\.ts$|\.test\.ts$|^packages\/(?:contract|sdk)\//.test(file)) continue;
    for (const [, name = ''] of text.matchAll(EXPORT)) {
      const usedHere = (text.match(new RegExp(`\\b${name}\\b`, 'g')) ?? []).length > 1;
      if (mentions.get(name) === 1 && !usedHere) dead.push(`${file}: nothing uses ${name}`);
    }
  }
  return dead;
}
