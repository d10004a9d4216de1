import { type WatchedTree, watchProcessTree } from './process-scan.ts';
import { ProcessorShare } from './processor-share.ts';

/**
 * What a command has used, with all that it started and what held it (a few megabytes of memory and milliseconds of processor
 * time; with a proxy the bridge as well, some 45 MB).
 *
 * The processor time is what the kernel counted for every process that was waited for, in steps of 10 ms. What nobody waited
 * for, and what was killed, is as it was at the last look. Memory is looked at after 20 ms and then every 200 ms at most: a peak
 * between two looks is not seen, a command of less than 20 ms has none, and shared pages count once for each process.
 */
export interface ProcessUsage {
  cpuMs: number;
  memoryByteSeconds: number;
  memoryBytesMax: number;
}

/** What all processes of a command may hold together. */
export interface TreeBounds {
  processesMax: number;
  memoryBytesMax: number;
  /** Seconds of processor time a second; absent: what there is. */
  cores?: number;
}

/** Who acts when bounds are passed. */
export interface BoundKeeper {
  /** At each look that finds more than the bounds allow. */
  onPassed(bound: BoundPassed): void;
  /** Stops all processes where they stand, or lets them go on. */
  pause(isPaused: boolean): void;
}

/** Which bound was passed. */
export type BoundPassed = 'too_many_processes' | 'too_much_memory';

/** Gathers the usage of one process and its descendants. */
export class UsageMeter {
  readonly tree: WatchedTree;
  #cpuMs = 0;
  #memoryBytes = 0;
  #memoryBytesMax = 0;
  #memoryByteSeconds = 0;
  #lookedAtMs = performance.now();

  constructor(processId: number, bounds?: TreeBounds, keeper?: BoundKeeper) {
    const share =
      bounds?.cores === undefined || keeper === undefined
        ? undefined
        : new ProcessorShare(bounds.cores, performance.now(), (isPaused) => keeper.pause(isPaused));
    this.tree = watchProcessTree(processId, ({ cpuMs, memoryBytes, processes }) => {
      if (bounds !== undefined && processes > bounds.processesMax) keeper?.onPassed('too_many_processes');
      else if (bounds !== undefined && memoryBytes > bounds.memoryBytesMax) keeper?.onPassed('too_much_memory');
      share?.look(cpuMs, performance.now());
      // Never less than before: who ends unseen takes its count away.
      this.#cpuMs = Math.max(this.#cpuMs, cpuMs);
      this.#memoryBytesMax = Math.max(this.#memoryBytesMax, memoryBytes);
      this.#memoryBytes = memoryBytes;
      this.#passTime();
    });
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
