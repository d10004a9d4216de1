import { UnreadableDocument } from './document-record.ts';

const END = 0x06_05_4b_50;
const ENTRY = 0x02_01_4b_50;

/** What a ZIP would unpack to, by its own directory. Throws when that is more than `bytesMax`, or cannot be told. */
export function checkZipSize(bytes: Uint8Array, bytesMax: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = -1;
  for (let at = bytes.length - 22; at >= Math.max(0, bytes.length - 66_000); at--) {
    if (view.getUint32(at, true) === END) {
      end = at;
      break;
    }
  }
  if (end === -1) throw new UnreadableDocument('It is not a whole ZIP file.');
  let at = view.getUint32(end + 16, true);
  let total = 0;
  for (let count = view.getUint16(end + 10, true); count > 0; count--) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== ENTRY)
      throw new UnreadableDocument('The directory of the ZIP file is broken.');
    total += view.getUint32(at + 24, true);
    if (total > bytesMax)
      throw new UnreadableDocument(`It would unpack to more than ${Math.round(bytesMax / 1_000_000)} MB.`);
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
}
