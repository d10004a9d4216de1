import { type TreeSample, type WatchedTree, watchProcessTree } from './process-scan.ts';

/**
 * What a command has used, with all that it started and what held it (a few megabytes of memory and milliseconds of processor
 * time; with a proxy the bridge as well, some 45 MB).
 *
 * The processor time is what the kernel counted for every process that was waited for, in steps of 10 ms. What nobody waited
 * for, and what was killed, is as it was at the last look. Memory is looked at after 20 ms and then every 200 ms at most: a peak
 * between two looks is not seen, a command of less than 20 ms has none, and shared pages count once for each process (of a browser, whose processes share most
 * of theirs, once for all).
 */
export interface ProcessUsage {
  cpuMs: number;
  memoryByteSeconds: number;
  memoryBytesMax: number;
}

/** Gathers the usage of one process and its descendants. */
export class UsageMeter {
  readonly tree: WatchedTree;
  #cpuMs = 0;
  #memoryBytes = 0;
  #memoryBytesMax = 0;
  #memoryByteSeconds = 0;
  #lookedAtMs = performance.now();

  /** `onLook` hears what each look has found. With `sharesMemory` a page that several hold counts once. */
  constructor(processId: number, onLook: (sample: TreeSample) => void, sharesMemory = false) {
    const onSample = (sample: TreeSample) => {
      onLook(sample);
      // Never less than before: who ends unseen takes its count away.
      this.#cpuMs = Math.max(this.#cpuMs, sample.cpuMs);
      this.#memoryBytesMax = Math.max(this.#memoryBytesMax, sample.memoryBytes);
      this.#memoryBytes = sample.memoryBytes;
      this.#passTime();
    };
    this.tree = watchProcessTree(processId, { onSample, sharesMemory });
  }

  /** Ends the watch. `cpuMsCounted` is what the kernel counted for those that were waited for. */
  finish(cpuMsCounted: number): ProcessUsage {
    this.tree.stop();
    this.#passTime();
    return {
      cpuMs: Math.round(Math.max(this.#cpuMs, cpuMsCounted)),
      memoryByteSeconds: Math.round(this.#memoryByteSeconds),
      memoryBytesMax: this.#memoryBytesMax,
    };
  }

  #passTime(): void {
    const nowMs = performance.now();
    this.#memoryByteSeconds += (this.#memoryBytes * (nowMs - this.#lookedAtMs)) / 1_000;
    this.#lookedAtMs = nowMs;
  }
}
