import type { TreeSample } from './process-scan.ts';
import { type ProcessUsage, UsageMeter } from './process-usage.ts';
import type { BoundPassed, GroupMember, ResourceGroup } from './resource-group.ts';

/**
 * What one process may hold with all that it starts, whatever it is given. The kernel's own limits hold for each process, and
 * that on their number not for root, so somebody has to look at all of them together.
 */
const PROCESSES_MAX = 300;
const MEMORY_BYTES_MAX = 4 * 1024 ** 3;

interface ProcessTreeOptions {
  /** What it may use together with others. */
  group?: ResourceGroup | undefined;
  /** Of processes that hold most of their memory in common, as those of a browser do, shared pages count once. */
  sharesMemory?: boolean;
  /** Whether its first process has ended: then its number may be another's. */
  isOver(): boolean;
}

/** A process that leads a group of its own, with all that it starts: counted, held to its bounds, and ended together. */
export class ProcessTree implements GroupMember {
  readonly #rootId: number;
  readonly #options: ProcessTreeOptions;
  readonly #meter: UsageMeter;
  #passed: BoundPassed | undefined;
  #isEnding = false;

  constructor(rootId: number, options: ProcessTreeOptions) {
    this.#rootId = rootId;
    this.#options = options;
    this.#meter = new UsageMeter(rootId, (sample) => this.#look(sample), options.sharesMemory);
  }

  /** Why it was ended, when that was for what its processes held together. */
  get passed(): BoundPassed | undefined {
    return this.#passed;
  }

  pause(isPaused: boolean): void {
    for (const id of this.#meter.tree.processIds) signalProcess(id, isPaused ? 'SIGSTOP' : 'SIGCONT');
  }

  end(bound: BoundPassed): void {
    this.#passed ??= bound;
    if (this.#isEnding) return;
    this.#isEnding = true;
    // Not within a look: it looks once more itself.
    setImmediate(() => {
      this.kill();
      this.#isEnding = false;
    });
  }

  /**
   * Kills the group and every descendant. All are stopped first: bubblewrap leaves the group a moment before its life is tied to
   * that of its parent, and killed just then it would stay behind with the command.
   */
  kill(): void {
    if (this.#options.isOver()) return;
    signalProcess(-this.#rootId, 'SIGSTOP');
    this.#meter.tree.look();
    for (const id of this.#meter.tree.processIds) signalProcess(id, 'SIGKILL');
    signalProcess(-this.#rootId, 'SIGKILL');
  }

  /** Ends the watch. `cpuMsCounted` is what the kernel counted for those that were waited for. */
  finish(cpuMsCounted: number): ProcessUsage {
    this.#options.group?.leave(this);
    return this.#meter.finish(cpuMsCounted);
  }

  #look(sample: TreeSample): void {
    if (sample.processes > PROCESSES_MAX) this.end('too_many_processes');
    else if (sample.memoryBytes > MEMORY_BYTES_MAX) this.end('too_much_memory');
    this.#options.group?.look(this, sample);
  }
}

export function signalProcess(id: number, signal: NodeJS.Signals): void {
  try {
    process.kill(id, signal);
  } catch {
    // It has ended already.
  }
}
