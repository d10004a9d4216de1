import { decodeText } from './decode-text.ts';
import { type DocumentRecord, record } from './document-record.ts';

const BLOCK =
  /<\/?(?:p|div|section|article|header|footer|main|aside|h[1-6]|ul|ol|li|dl|dt|dd|table|tr|blockquote|pre|figure|br|hr)\b[^<>]{0,2000}>/gi;
const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  ndash: '–',
  mdash: '—',
  hellip: '…',
};

/** A page → its text. Scripts and styles are dropped, nothing is run or fetched. */
export function readHtml(name: string, bytes: Uint8Array): DocumentRecord[] {
  const html = decodeText(bytes);
  const title = textOfHtml(/<title\b[^>]{0,500}>([^<]{0,1000})/i.exec(html)?.[1] ?? '');
  return [record({ key: '', kind: 'page', title: title === '' ? name : title, text: textOfHtml(html) })];
}

/** HTML → lines of text. Linear in its length: by tags, without a tree, so that depth costs nothing. */
export function textOfHtml(html: string): string {
  let text = html;
  for (const hidden of ['script', 'style', 'noscript', 'template', 'svg', 'head', 'title'])
    text = without(text, hidden);
  return text
    .replaceAll(/<!--[\s\S]*?(?:-->|$)/g, ' ')
    .replaceAll(BLOCK, '\n')
    .replaceAll(/<[^<>]{0,20000}>/g, ' ')
    .replaceAll(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]{2,8});/gi, (whole, name: string) => entity(name) ?? whole)
    .replaceAll(/[ \t\u00a0]+/g, ' ')
    .replaceAll(/ ?\n ?/g, '\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}

/** Takes elements out with all that is in them; what is not closed goes to the end. */
function without(html: string, tag: string): string {
  const lower = html.toLowerCase();
  const kept: string[] = [];
  let from = 0;
  for (;;) {
    const start = indexOfTag(lower, `<${tag}`, from);
    if (start === -1) break;
    kept.push(html.slice(from, start));
    const end = lower.indexOf(`</${tag}`, start);
    if (end === -1) return kept.join(' ');
    const close = lower.indexOf('>', end);
    from = close === -1 ? html.length : close + 1;
  }
  kept.push(html.slice(from));
  return kept.join(' ');
}

function indexOfTag(lower: string, start: string, from: number): number {
  for (let at = lower.indexOf(start, from); at !== -1; at = lower.indexOf(start, at + 1))
    if (!/[a-z0-9-]/.test(lower.charAt(at + start.length))) return at;
  return -1;
}

function entity(name: string): string | undefined {
  if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()];
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  const isCharacter = code > 0 && code <= 0x10_ff_ff && !(code >= 0xd8_00 && code <= 0xdf_ff);
  return isCharacter ? String.fromCodePoint(code) : ' ';
}
