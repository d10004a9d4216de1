import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';

/** What a process and all that descend from it have used and hold, at one moment. */
export interface TreeSample {
  /**
   * Of those that live with their children that ended and were waited for; or, where that is more, of all that were ever seen, each
   * as it was last: a child that nobody waits for takes its count away with it.
   */
  cpuMs: number;
  /** Resident; a page that several share counts once for each, or once for all where they are said to share most of it. */
  memoryBytes: number;
  processes: number;
}

/** A process with its descendants, as long as it is watched. */
export interface WatchedTree {
  /** Looks now, not only when it is time to. */
  look(): void;
  /** Whoever was there at the last look. */
  readonly processIds: ReadonlySet<number>;
  stop(): void;
}

/** How a tree is watched. */
interface Watch {
  /** Hears what each look has found. */
  onSample(sample: TreeSample): void;
  sharesMemory: boolean;
}

interface Tree extends Watch {
  processIds: Set<number>;
  /** Of each that lives, by itself, at the last look; and of all that have ended. */
  ownCpuMs: Map<number, number>;
  endedCpuMs: number;
}

interface ProcessStat extends Omit<TreeSample, 'processes'> {
  parentId: number;
  /** Without its children. */
  ownCpuMs: number;
}

/** Soon at first, since most commands are short, then more and more seldom. */
const INTERVAL_MS_MIN = 20;
const INTERVAL_MS_MAX = 200;
/** In what /proc counts processor time, on every platform that Node runs on. */
const TICK_MS = 10;
const STAT_BYTES_MAX = 2_048;

/**
 * Looks at the processes of all trees together, in one pass over /proc. It looks at a process of nobody's only once: a
 * stranger does not become a descendant. A descendant stays one when its parent ends, so a double fork hides nothing that
 * was seen before. Where there is no /proc it sees nothing.
 */
class ProcessScan {
  readonly #trees = new Set<Tree>();
  readonly #owners = new Map<number, Tree>();
  #strangers = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  #intervalMs = INTERVAL_MS_MIN;

  watch(rootId: number, watch: Watch): WatchedTree {
    const tree: Tree = { ...watch, processIds: new Set([rootId]), ownCpuMs: new Map(), endedCpuMs: 0 };
    this.#trees.add(tree);
    this.#owners.set(rootId, tree);
    this.#strangers.delete(rootId);
    this.#intervalMs = INTERVAL_MS_MIN;
    this.#schedule();
    return {
      look: () => this.#look(),
      processIds: tree.processIds,
      stop: () => {
        this.#trees.delete(tree);
        for (const id of tree.processIds) this.#owners.delete(id);
        if (this.#trees.size > 0) return;
        clearTimeout(this.#timer);
        // While nobody looks, identifiers may come to mean other processes.
        this.#strangers = new Set();
      },
    };
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#look();
      this.#intervalMs = Math.min(INTERVAL_MS_MAX, this.#intervalMs * 2);
      if (this.#trees.size > 0) this.#schedule();
    }, this.#intervalMs);
    this.#timer.unref();
  }

  #look(): void {
    const present = presentProcessIds();
    this.#forget(present);
    const stats = new Map<number, ProcessStat>();
    for (const id of present) {
      if (this.#strangers.has(id)) continue;
      const stat = readStat(id);
      if (stat !== undefined) stats.set(id, stat);
    }
    for (const id of stats.keys()) this.#adopt(id, stats);
    for (const tree of this.#trees) {
      const sample: TreeSample = { cpuMs: 0, memoryBytes: 0, processes: tree.processIds.size };
      let seenCpuMs = tree.endedCpuMs;
      let sharedBytesMax = 0;
      for (const id of tree.processIds) {
        const stat = stats.get(id);
        if (stat !== undefined) tree.ownCpuMs.set(id, stat.ownCpuMs);
        seenCpuMs += tree.ownCpuMs.get(id) ?? 0;
        sample.cpuMs += stat?.cpuMs ?? 0;
        sample.memoryBytes += stat?.memoryBytes ?? 0;
        if (!tree.sharesMemory || stat === undefined) continue;
        const sharedBytes = readSharedBytes(id);
        sample.memoryBytes -= sharedBytes;
        sharedBytesMax = Math.max(sharedBytesMax, sharedBytes);
      }
      sample.memoryBytes += sharedBytesMax;
      sample.cpuMs = Math.max(sample.cpuMs, seenCpuMs);
      tree.onSample(sample);
    }
  }

  #forget(present: ReadonlySet<number>): void {
    for (const id of this.#strangers) if (!present.has(id)) this.#strangers.delete(id);
    for (const [id, tree] of this.#owners) {
      if (present.has(id)) continue;
      this.#owners.delete(id);
      tree.processIds.delete(id);
      tree.endedCpuMs += tree.ownCpuMs.get(id) ?? 0;
      tree.ownCpuMs.delete(id);
    }
  }

  /** Whose a process is: that of the first ancestor whose owner is known. */
  #adopt(id: number, stats: ReadonlyMap<number, ProcessStat>): void {
    const lineage: number[] = [];
    let ancestor: number | undefined = id;
    while (ancestor !== undefined && stats.has(ancestor) && !this.#owners.has(ancestor)) {
      lineage.push(ancestor);
      ancestor = stats.get(ancestor)?.parentId;
    }
    const tree = ancestor === undefined ? undefined : this.#owners.get(ancestor);
    for (const one of lineage) {
      if (tree === undefined) {
        this.#strangers.add(one);
        continue;
      }
      this.#owners.set(one, tree);
      tree.processIds.add(one);
    }
  }
}

const scan = new ProcessScan();

/** Watches a process that has just been started, and all that descend from it. */
export function watchProcessTree(rootId: number, watch: Watch): WatchedTree {
  return scan.watch(rootId, watch);
}

function presentProcessIds(): Set<number> {
  try {
    return new Set(
      readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .map(Number),
    );
  } catch {
    return new Set();
  }
}

/** The oldest process that was started with this argument; undefined where there is none, or no /proc. */
export function findProcess(argument: string): number | undefined {
  return [...presentProcessIds()]
    .sort((a, b) => a - b)
    .find((id) => {
      try {
        return readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0').includes(argument);
      } catch {
        return false;
      }
    });
}

const statBuffer = Buffer.alloc(STAT_BYTES_MAX);
const pageBytes = readPageBytes();

function readStat(processId: number): ProcessStat | undefined {
  const text = readStatText(processId);
  if (text === undefined) return undefined;
  // The name in parentheses may hold anything, so count from its end: state, parent, …
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (index: number) => Number(fields[index] ?? 0);
  const own = field(11) + field(12);
  const ofChildren = field(13) + field(14);
  return {
    parentId: field(1),
    ownCpuMs: own * TICK_MS,
    cpuMs: (own + ofChildren) * TICK_MS,
    memoryBytes: field(21) * pageBytes,
  };
}

/** What of its resident memory others may hold as well: mapped files, and what is shared on purpose. */
function readSharedBytes(processId: number): number {
  const [, , sharedPages = '0'] = readStatText(processId, 'statm')?.split(' ') ?? [];
  return Number(sharedPages) * pageBytes;
}

function readStatText(processId: number, name: 'stat' | 'statm' = 'stat'): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(`/proc/${processId}/${name}`, 'r');
    return statBuffer.toString('latin1', 0, readSync(file, statBuffer, 0, STAT_BYTES_MAX, 0));
  } catch {
    // It has ended, before or after the file was opened.
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** The kernel tells each program its page size among the first things (AT_PAGESZ). */
function readPageBytes(): number {
  const PAGE_SIZE_ENTRY = 6n;
  try {
    const auxiliary = readFileSync('/proc/self/auxv');
    for (let at = 0; at + 16 <= auxiliary.length; at += 16)
      if (auxiliary.readBigUInt64LE(at) === PAGE_SIZE_ENTRY) return Number(auxiliary.readBigUInt64LE(at + 8));
  } catch {
    // No /proc, no samples either.
  }
  return 4_096;
}
