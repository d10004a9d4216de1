import { inflateSync } from 'node:zlib';
import { UnreadableDocument } from './document-record.ts';

/** One picture or font may be large; text that is read never is. */
const STREAM_BYTES_MAX = 100_000_000;
const STREAMS_MAX = 200_000;

/**
 * What the compressed streams of a PDF unpack to, one after another and none of them kept. Throws when that is more than
 * `bytesMax`, when one alone is too large, or when one is packed twice: its reader holds all of a stream at once.
 */
export function checkPdfSize(bytes: Uint8Array, bytesMax: number): void {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let total = 0;
  let at = 0;
  for (let count = 0; count < STREAMS_MAX; count++) {
    const start = file.indexOf('stream', at, 'latin1');
    if (start === -1) return;
    at = start + 'stream'.length;
    if (file.subarray(Math.max(0, start - 3), start).toString('latin1') === 'end') continue;
    const head = file.subarray(Math.max(0, start - 400), start).toString('latin1');
    const dictionary = head.slice(head.lastIndexOf('obj') + 1);
    if (!/\/(?:FlateDecode|Fl)\b/.test(dictionary)) continue;
    if (/\[[^\]]*\/(?:FlateDecode|Fl|LZWDecode|LZW)\b[^\]]*\/(?:FlateDecode|Fl|LZWDecode|LZW)\b/.test(dictionary))
      throw new UnreadableDocument('A part of it is packed twice.');
    const from = at + (file[at] === 13 ? 2 : 1);
    const end = file.indexOf('endstream', from, 'latin1');
    const size = unpackedSize(file.subarray(from, end === -1 ? file.length : end));
    total += size;
    if (total > bytesMax)
      throw new UnreadableDocument(`It would unpack to more than ${Math.round(bytesMax / 1_000_000)} MB.`);
    at = end === -1 ? file.length : end;
  }
  throw new UnreadableDocument(`It has more than ${STREAMS_MAX} streams.`);
}

function unpackedSize(packed: Buffer): number {
  try {
    return inflateSync(packed, { maxOutputLength: STREAM_BYTES_MAX, finishFlush: 2 }).length;
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE')
      throw new UnreadableDocument(`A part of it would unpack to more than ${STREAM_BYTES_MAX / 1_000_000} MB.`);
    // What is no such stream is not unpacked by its reader either.
    return 0;
  }
}
