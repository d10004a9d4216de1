const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;

/** A number in ten bytes is more than 64 bits can hold; more bytes are not read. */
const VARINT_BYTES_MAX = 10;

type FieldValue = bigint | number | boolean | string | Uint8Array;

/** Fields by their number; undefined leaves a field out, a list repeats it. */
type Fields = Record<number, FieldValue | readonly FieldValue[] | undefined>;

/** A received message: its fields are read by number, so that only the few that matter need to be known. */
export class ProtobufMessage {
  readonly #varints = new Map<number, bigint>();
  readonly #delimited = new Map<number, Buffer[]>();

  constructor(bytes: Uint8Array) {
    const reader = new Reader(bytes);
    while (!reader.isAtEnd) {
      const tag = Number(reader.varint());
      const field = tag >>> 3;
      const wireType = tag & 7;
      if (wireType === VARINT) this.#varints.set(field, reader.varint());
      else if (wireType === DELIMITED) this.#add(field, reader.take(Number(reader.varint())));
      else if (wireType === FIXED64) reader.take(8);
      else if (wireType === FIXED32) reader.take(4);
      else throw new RangeError(`protobuf wire type ${wireType} of field ${field} is not known`);
    }
  }

  #add(field: number, value: Buffer): void {
    const values = this.#delimited.get(field);
    if (values === undefined) this.#delimited.set(field, [value]);
    else values.push(value);
  }

  /** The last value of a field of bytes, as proto3 has it; undefined if it was not sent. */
  bytes(field: number): Buffer | undefined {
    return this.#delimited.get(field)?.at(-1);
  }

  allBytes(field: number): readonly Buffer[] {
    return this.#delimited.get(field) ?? [];
  }

  text(field: number): string {
    return this.bytes(field)?.toString('utf8') ?? '';
  }

  integer(field: number): bigint {
    return this.#varints.get(field) ?? 0n;
  }

  /** A message within this one; undefined if it was not sent. */
  message(field: number): ProtobufMessage | undefined {
    const bytes = this.bytes(field);
    return bytes === undefined ? undefined : new ProtobufMessage(bytes);
  }

  messages(field: number): ProtobufMessage[] {
    return this.allBytes(field).map((bytes) => new ProtobufMessage(bytes));
  }
}

/** A message on the wire. Zeros and empty values are written too, which a reader takes as the same. */
export function writeMessage(fields: Fields): Buffer {
  const parts: Uint8Array[] = [];
  for (const [field, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    for (const one of isList(value) ? value : [value]) writeField(parts, Number(field), one);
  }
  return Buffer.concat(parts);
}

function isList(value: FieldValue | readonly FieldValue[]): value is readonly FieldValue[] {
  return Array.isArray(value);
}

function writeField(parts: Uint8Array[], field: number, value: FieldValue): void {
  if (typeof value === 'string' || value instanceof Uint8Array) {
    const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
    parts.push(varint(BigInt((field << 3) | DELIMITED)), varint(BigInt(bytes.length)), bytes);
    return;
  }
  parts.push(varint(BigInt((field << 3) | VARINT)), varint(BigInt(value)));
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let index = 0; index < VARINT_BYTES_MAX; index += 1) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw new RangeError('protobuf message ends in a number');
      this.#at += 1;
      value |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new RangeError('protobuf number is too long');
  }

  take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('protobuf message ends in a field');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
