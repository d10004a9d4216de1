const CHUNK_CHARS_MAX = 700;
/** A file larger than this is searched by its beginning only, so that one upload costs bounded time. */
const CHUNKS_MAX = 2_000;

/** Text → pieces of a few hundred characters, cut at blank lines, else at line ends, else anywhere. */
export function splitIntoChunks(text: string): string[] {
  const chunks: string[] = [];
  let open = '';
  for (const block of text.split(/\n\s*\n/)) {
    for (const piece of cutLong(block)) {
      const wouldOverflow = open !== '' && open.length + piece.length + 2 > CHUNK_CHARS_MAX;
      // A heading begins a new piece, so that what follows is found by it.
      if (wouldOverflow || (open !== '' && piece.startsWith('#'))) {
        chunks.push(open);
        open = piece;
      } else {
        open = open === '' ? piece : `${open}\n\n${piece}`;
      }
      if (chunks.length >= CHUNKS_MAX) return chunks;
    }
  }
  if (open.trim() !== '') chunks.push(open);
  return chunks;
}

function cutLong(block: string): string[] {
  const pieces: string[] = [];
  let rest = block.trim();
  while (rest.length > CHUNK_CHARS_MAX) {
    const window = rest.slice(0, CHUNK_CHARS_MAX);
    const cut = Math.max(window.lastIndexOf('\n'), window.lastIndexOf('. ') + 1, 0);
    const at = cut > CHUNK_CHARS_MAX / 3 ? cut : CHUNK_CHARS_MAX;
    pieces.push(rest.slice(0, at).trim());
    rest = rest.slice(at).trim();
  }
  if (rest !== '') pieces.push(rest);
  return pieces;
}
