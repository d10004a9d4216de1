const CHUNK_CHARS_MAX = 700;
/** What lies behind is kept out: one document costs bounded time and room. */
const CHUNKS_MAX = 4_000;

/**
 * Text → pieces of a few hundred characters, cut at headings and blank lines, else at line or sentence ends, else anywhere
 * but inside of a character. Put together they are the text again, to the letter, or its beginning when it is longer than
 * `CHUNKS_MAX` pieces.
 */
export function splitIntoChunks(text: string): { chunks: string[]; isTruncated: boolean } {
  const chunks: string[] = [];
  let open = '';
  for (const piece of pieces(text)) {
    const startsAnew = open.trim() !== '' && (open.length + piece.length > CHUNK_CHARS_MAX || piece.startsWith('#'));
    if (startsAnew) {
      chunks.push(open);
      open = piece;
      if (chunks.length === CHUNKS_MAX) return { chunks, isTruncated: true };
    } else {
      open += piece;
    }
  }
  if (open.trim() !== '') chunks.push(open);
  else if (open !== '' && chunks.length > 0) chunks[chunks.length - 1] += open;
  return { chunks, isTruncated: false };
}

/** Paragraphs with the blank lines behind them, the long ones cut. */
function* pieces(text: string): Iterable<string> {
  const paragraph = /[\s\S]*?(?:\n[ \t]*\n\s*|$)/y;
  let from = 0;
  while (from < text.length) {
    paragraph.lastIndex = from;
    const found = paragraph.exec(text)?.[0] ?? '';
    const block = found === '' ? text.slice(from) : found;
    from += block.length;
    yield* cutLong(block);
  }
}

function* cutLong(block: string): Iterable<string> {
  let rest = block;
  while (rest.trimEnd().length > CHUNK_CHARS_MAX) {
    const window = rest.slice(0, CHUNK_CHARS_MAX);
    const end = Math.max(window.lastIndexOf('\n') + 1, window.lastIndexOf('. ') + 2, window.lastIndexOf('。') + 1);
    const space = window.lastIndexOf(' ') + 1;
    let cut = end > CHUNK_CHARS_MAX / 3 ? end : space > CHUNK_CHARS_MAX / 3 ? space : CHUNK_CHARS_MAX;
    // Never between the two halves of one character.
    if (/[\uD800-\uDBFF]/.test(rest.charAt(cut - 1))) cut -= 1;
    yield rest.slice(0, cut);
    rest = rest.slice(cut);
  }
  if (rest !== '') yield rest;
}
