/** The best so many, kept as a heap with the worst of them on top. */
export class BestPositions {
  readonly #limit: number;
  readonly #heap: { position: number; score: number }[] = [];
  /** What a score must pass to be among them. */
  floor = Number.NEGATIVE_INFINITY;

  constructor(limit: number) {
    this.#limit = limit;
  }

  offer(position: number, score: number): void {
    const heap = this.#heap;
    if (heap.length < this.#limit) {
      heap.push({ position, score });
      this.#up(heap.length - 1);
    } else if (score > (heap[0]?.score ?? 0)) {
      heap[0] = { position, score };
      this.#down();
    } else return;
    if (heap.length === this.#limit) this.floor = heap[0]?.score ?? this.floor;
  }

  positions(): number[] {
    return this.#heap.map(({ position }) => position);
  }

  /** Best first; equal scores by what came later. */
  sorted(): { position: number; score: number }[] {
    return [...this.#heap].sort((one, other) => other.score - one.score || other.position - one.position);
  }

  #up(from: number): void {
    const heap = this.#heap;
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if ((heap[parent]?.score ?? 0) <= (heap[at]?.score ?? 0)) return;
      [heap[parent], heap[at]] = [heap[at] as never, heap[parent] as never];
      at = parent;
    }
  }

  #down(): void {
    const heap = this.#heap;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < heap.length && (heap[child]?.score ?? 0) < (heap[least]?.score ?? 0)) least = child;
      if (least === at) return;
      [heap[least], heap[at]] = [heap[at] as never, heap[least] as never];
      at = least;
    }
  }
}
