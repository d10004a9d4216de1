const WIDTH = 24;
const EVERY_MS = 100;

/** A bar on standard error while something long goes on; nothing where nobody watches. */
export class Progress {
  readonly #isShown = process.stderr.isTTY === true;
  #shownAt = 0;

  /** `done` of `whole`, in whatever unit. */
  show(what: string, done: number, whole: number): void {
    const now = performance.now();
    if (!this.#isShown || (now - this.#shownAt < EVERY_MS && done < whole)) return;
    this.#shownAt = now;
    const share = whole === 0 ? 1 : Math.min(1, done / whole);
    const filled = Math.round(share * WIDTH);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}`;
    process.stderr.write(`\r\u001b[2K${bar} ${String(Math.round(share * 100)).padStart(3)} %  ${what}`);
  }

  end(): void {
    if (this.#isShown) process.stderr.write('\r\u001b[2K');
  }
}
