/** The beginning and the end of what was written, in bounded memory. */
export class OutputEnds {
  readonly #bytesMax: number;
  #head = Buffer.alloc(0);
  #tail = Buffer.alloc(0);
  #dropped = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  add(chunk: Buffer): void {
    const half = this.#bytesMax / 2;
    const room = Math.max(0, half - this.#head.length);
    this.#head = Buffer.concat([this.#head, chunk.subarray(0, room)]);
    const tail = Buffer.concat([this.#tail, chunk.subarray(room)]);
    const excess = Math.max(0, tail.length - half);
    this.#dropped += excess;
    this.#tail = Buffer.from(tail.subarray(excess));
  }

  text(): string {
    const gap = this.#dropped === 0 ? '' : `\n[… ${this.#dropped} bytes left out …]\n`;
    return `${this.#head.toString('utf8')}${gap}${this.#tail.toString('utf8')}`.toWellFormed().replaceAll('\0', '');
  }
}
