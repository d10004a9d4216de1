/** Keeps what was worked out for words, the recently used ones: when it is full, those not used since it was last full go. */
export class WordCache<Value> {
  readonly #most: number;
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();

  constructor(most: number) {
    this.#most = most / 2;
  }

  get(word: string): Value | undefined {
    const value = this.#young.get(word);
    if (value !== undefined) return value;
    const before = this.#old.get(word);
    if (before !== undefined) this.set(word, before);
    return before;
  }

  set(word: string, value: Value): void {
    if (this.#young.size >= this.#most) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(word, value);
  }
}
