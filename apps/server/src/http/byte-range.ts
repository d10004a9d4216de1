import { GuildhallError } from '@guildhall/kernel';

export interface ByteRange {
  start: number;
  /** Inclusive. */
  end: number;
}

/**
 * `Range: bytes=…` (RFC 9110, 14.2) → the bytes that are asked for; undefined for the whole: no header, several ranges, another
 * unit, or one that is no range. Throws `range_not_satisfiable` when the file has none of them.
 */
export function byteRangeIn(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const range =
    first === ''
      ? { start: Math.max(0, sizeBytes - Number(last)), end: sizeBytes - 1 }
      : { start: Number(first), end: last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1) };
  if (last !== '' && first !== '' && Number(last) < Number(first)) return undefined;
  if (range.start > range.end)
    throw new GuildhallError('range_not_satisfiable', {
      message: `The file has ${sizeBytes} bytes.`,
      headers: { 'content-range': `bytes */${sizeBytes}` },
    });
  return range;
}
