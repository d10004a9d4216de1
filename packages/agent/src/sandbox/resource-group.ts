import type { TreeSample } from './process-scan.ts';
import { ProcessorShare } from './processor-share.ts';

/** What may be used, where that is less than the machine would give. */
export interface ProcessResources {
  /** Of processor time, in seconds a second: 0.5 is half a processor. */
  cores?: number;
  memoryBytesMax?: number;
}

/** Which bound was passed. */
export type BoundPassed = 'too_many_processes' | 'too_much_memory';

/** A process in a group, with all that it has started. */
export interface GroupMember {
  /** Stops all its processes where they stand, or lets them go on. */
  pause(isPaused: boolean): void;
  /** Ends all of it. */
  end(bound: BoundPassed): void;
}

/**
 * What may be used together by several processes, each with all that it has started: the commands and the browser of an agent,
 * the servers of an office. Over its share of the processors all are stopped for a while; over its memory, who holds the most is ended.
 */
export class ResourceGroup {
  readonly #members = new Map<GroupMember, { sample: TreeSample; cpuMsBefore: number }>();
  #resources: ProcessResources = {};
  #share: ProcessorShare | undefined;
  #leftCpuMs = 0;

  constructor(resources: ProcessResources = {}) {
    this.resources = resources;
  }

  get resources(): ProcessResources {
    return this.#resources;
  }

  /** Holds from now on, for those too that are at work. */
  set resources(resources: ProcessResources) {
    const { cores } = resources;
    if (cores !== this.#resources.cores) {
      this.#pause(false);
      this.#share =
        cores === undefined
          ? undefined
          : new ProcessorShare(cores, this.#cpuMs(), performance.now(), (isPaused) => this.#pause(isPaused));
    }
    this.#resources = resources;
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  /** At each look at a member, who thereby is one. What it had used before the first is not held against it. */
  look(member: GroupMember, sample: TreeSample): void {
    const cpuMsBefore = this.#members.get(member)?.cpuMsBefore ?? sample.cpuMs;
    this.#members.set(member, { sample, cpuMsBefore });
    this.#share?.look(this.#cpuMs(), performance.now());
    const { memoryBytesMax } = this.#resources;
    if (memoryBytesMax === undefined) return;
    const bySize = [...this.#members].sort(([, a], [, b]) => b.sample.memoryBytes - a.sample.memoryBytes);
    const memoryBytes = bySize.reduce((sum, [, { sample }]) => sum + sample.memoryBytes, 0);
    if (memoryBytes > memoryBytesMax) bySize[0]?.[0].end('too_much_memory');
  }

  /** It has ended, or is no longer held. */
  leave(member: GroupMember): void {
    const left = this.#members.get(member);
    if (left === undefined) return;
    this.#leftCpuMs += left.sample.cpuMs - left.cpuMsBefore;
    this.#members.delete(member);
  }

  #cpuMs(): number {
    let sum = this.#leftCpuMs;
    for (const { sample, cpuMsBefore } of this.#members.values()) sum += sample.cpuMs - cpuMsBefore;
    return sum;
  }

  #pause(isPaused: boolean): void {
    for (const member of this.#members.keys()) member.pause(isPaused);
  }
}
