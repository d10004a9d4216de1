import type { SignalName } from './memory-query.ts';

/** What each signal says of each piece, and what it adds to its score. */
export class SignalTable {
  readonly #added = new Map<SignalName, Map<number, { added: number; score: number }>>();

  set(signal: SignalName, position: number, added: number, score: number): void {
    let own = this.#added.get(signal);
    if (own === undefined) {
      own = new Map();
      this.#added.set(signal, own);
    }
    own.set(position, { added, score });
  }

  /** Best first; equal ones by what was kept later. */
  totals(): { position: number; score: number }[] {
    const sums = new Map<number, number>();
    for (const own of this.#added.values())
      for (const [position, { added }] of own) sums.set(position, (sums.get(position) ?? 0) + added);
    return [...sums]
      .map(([position, score]) => ({ position, score }))
      .sort((one, other) => other.score - one.score || other.position - one.position);
  }

  /** What each signal said of a piece, with its place by that signal alone. */
  of(position: number): Partial<Record<SignalName, { score: number; rank: number }>> {
    const signals: Partial<Record<SignalName, { score: number; rank: number }>> = {};
    for (const [signal, own] of this.#added) {
      const value = own.get(position);
      if (value === undefined) continue;
      let rank = 1;
      for (const { added } of own.values()) if (added > value.added) rank++;
      signals[signal] = { score: value.score, rank };
    }
    return signals;
  }
}
