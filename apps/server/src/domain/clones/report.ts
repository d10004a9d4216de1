import type { JsonObject } from '@guildhall/kernel';
import { type ClonePhase, clonePhases } from './layers.ts';

const LISTED_MAX = 100;

interface PhaseTally {
  filesWritten: number;
  filesFailed: string[];
  warnings: string[];
  error: string | null;
  durationMs: number;
}

/** Paths and contents of strangers: no database keeps NUL or half a character. */
function clean(text: string): string {
  return text.slice(0, 1_000).replaceAll('\0', ' ').toWellFormed();
}

/** What became of a package, counted while it is installed (spec: mitosis.md 2, TransferReport). */
export class CloneReport {
  readonly #phases = new Map<ClonePhase, PhaseTally>();
  readonly #warnings: string[] = [];
  memoryEntries = 0;
  isPersonalityTransferred = false;
  isProviderPreserved = false;

  wrote(phase: ClonePhase, durationMs: number): void {
    const tally = this.#tallyOf(phase);
    tally.filesWritten++;
    tally.durationMs += durationMs;
  }

  failed(phase: ClonePhase, path: string, reason: string): void {
    const tally = this.#tallyOf(phase);
    if (tally.filesFailed.length < LISTED_MAX) tally.filesFailed.push(clean(path));
    tally.error ??= clean(`${path}: ${reason}`);
  }

  /** Without a phase: of the package as a whole. */
  warn(text: string, phase?: ClonePhase): void {
    const list = phase === undefined ? this.#warnings : this.#tallyOf(phase).warnings;
    if (list.length < LISTED_MAX) list.push(clean(text));
  }

  present(identity: JsonObject, times: { startedAt: string; completedAt: string; durationMs: number }): JsonObject {
    const phases = clonePhases.map((phase) => [phase, this.#presentPhase(phase)] as const);
    const all = [...this.#phases.values()];
    const failed = all.flatMap(({ filesFailed }) => filesFailed);
    const warnings = [...this.#warnings, ...all.flatMap((tally) => tally.warnings)].slice(0, LISTED_MAX);
    const written = all.reduce((sum, { filesWritten }) => sum + filesWritten, 0);
    const overall =
      failed.length > 0
        ? written === 0
          ? 'failed'
          : 'partial'
        : warnings.length > 0
          ? 'completed_with_warnings'
          : 'completed';
    return {
      ...identity,
      started_at: times.startedAt,
      completed_at: times.completedAt,
      duration_ms: times.durationMs,
      overall_status: overall,
      phases: Object.fromEntries(phases),
      summary: {
        files_transferred: written,
        files_failed: failed.length,
        memory_entries: this.memoryEntries,
        personality_transferred: this.isPersonalityTransferred,
        provider_preserved: this.isProviderPreserved,
        warnings,
        errors: all.flatMap(({ error }) => (error === null ? [] : [error])),
      },
    };
  }

  #presentPhase(phase: ClonePhase): JsonObject {
    const tally = this.#phases.get(phase);
    if (tally === undefined)
      return {
        phase,
        status: 'skipped',
        filesWritten: 0,
        filesFailed: [],
        warnings: [],
        error: null,
        retryAttempted: false,
        durationMs: 0,
      };
    const { filesWritten, filesFailed, warnings, error, durationMs } = tally;
    const status = filesFailed.length === 0 ? 'ok' : filesWritten === 0 ? 'failed' : 'partial';
    return { phase, status, filesWritten, filesFailed, warnings, error, retryAttempted: false, durationMs };
  }

  #tallyOf(phase: ClonePhase): PhaseTally {
    const known = this.#phases.get(phase);
    if (known !== undefined) return known;
    const tally: PhaseTally = { filesWritten: 0, filesFailed: [], warnings: [], error: null, durationMs: 0 };
    this.#phases.set(phase, tally);
    return tally;
  }
}
