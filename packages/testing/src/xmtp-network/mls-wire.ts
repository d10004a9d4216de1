/** What the node must know of MLS messages (RFC 9420), which it otherwise hands on as they are. */

export type GroupMessageKind = 'application' | 'proposal' | 'commit';

const KINDS: Record<number, GroupMessageKind> = { 1: 'application', 2: 'proposal', 3: 'commit' };

const PUBLIC_MESSAGE = 1;
const PRIVATE_MESSAGE = 2;
const NEW_MEMBER_PROPOSAL = 3;

/** The installation whose key package this is: the signature key of its leaf. */
export function installationKeyOf(keyPackage: Uint8Array): Buffer {
  const reader = new MlsReader(keyPackage);
  reader.skip(4); // version and cipher suite
  reader.vector(); // init key
  reader.vector(); // encryption key of the leaf
  return reader.vector();
}

/** The group that a message belongs to and what it is to it; both stand before what is encrypted. */
export function readGroupMessage(message: Uint8Array): { groupId: Buffer; kind: GroupMessageKind } {
  const reader = new MlsReader(message);
  reader.skip(2); // version
  const wireFormat = reader.integer(2);
  if (wireFormat !== PUBLIC_MESSAGE && wireFormat !== PRIVATE_MESSAGE)
    throw new RangeError(`MLS wire format ${wireFormat} is no message to a group`);
  const groupId = reader.vector();
  reader.skip(8); // epoch
  if (wireFormat === PUBLIC_MESSAGE) {
    const sender = reader.integer(1);
    if (sender < NEW_MEMBER_PROPOSAL) reader.skip(4); // the sender's index
    reader.vector(); // authenticated data
  }
  const contentType = reader.integer(1);
  const kind = KINDS[contentType];
  if (kind === undefined) throw new RangeError(`MLS content type ${contentType} is not known`);
  return { groupId, kind };
}

class MlsReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  skip(length: number): void {
    this.#at += length;
  }

  integer(length: number): number {
    const value = this.#bytes.readUIntBE(this.#at, length);
    this.#at += length;
    return value;
  }

  /** Bytes with their length before them, whose first two bits say in how many bytes it is written. */
  vector(): Buffer {
    const first = this.integer(1);
    const lengthBytes = 1 << (first >> 6);
    if (lengthBytes > 4) throw new RangeError('MLS vector has no length');
    let length = first & 0x3f;
    for (let index = 1; index < lengthBytes; index += 1) length = length * 256 + this.integer(1);
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('MLS message ends in a vector');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
