/** How much processor time may be saved up by being idle, in time of all of the share. */
const SAVED_MS_MAX = 500;

/**
 * Holds processes to a share of the processors: those that ran ahead are stopped until time has caught up. The
 * share holds over seconds, not within each look; what is idle saves a little up.
 */
export class ProcessorShare {
  readonly #cores: number;
  readonly #pause: (isPaused: boolean) => void;
  #isPaused = false;
  #savedMs: number;
  #cpuMs: number;
  #lookedAtMs: number;

  /** `cores` of processor time a second, beside the `cpuMs` used before. `pause` stops all processes, or lets them go on. */
  constructor(cores: number, cpuMs: number, nowMs: number, pause: (isPaused: boolean) => void) {
    this.#cores = cores;
    this.#cpuMs = cpuMs;
    this.#pause = pause;
    this.#savedMs = SAVED_MS_MAX * cores;
    this.#lookedAtMs = nowMs;
  }

  /** At each look, with all the processor time that was used so far. */
  look(cpuMs: number, nowMs: number): void {
    const earned = (nowMs - this.#lookedAtMs) * this.#cores;
    const used = Math.max(0, cpuMs - this.#cpuMs);
    this.#savedMs = Math.min(SAVED_MS_MAX * this.#cores, this.#savedMs + earned - used);
    this.#cpuMs = Math.max(this.#cpuMs, cpuMs);
    this.#lookedAtMs = nowMs;
    const isAhead = this.#savedMs < 0;
    // What was born since the last look is stopped with the others.
    if (isAhead || this.#isPaused !== isAhead) this.#pause(isAhead);
    this.#isPaused = isAhead;
  }
}
