import type { MeteredProcess } from './metered-process.ts';
import { OutputEnds } from './output-ends.ts';
import type { ProcessUsage } from './process-usage.ts';
import type { BoundPassed } from './resource-group.ts';

/** What a process may take. */
export interface ProcessBounds {
  timeoutMs: number;
  outputBytesMax: number;
  signal: AbortSignal;
}

/** What a process that has ended leaves behind. */
export interface ProcessResult {
  exitCode: number | null;
  /** Standard output and error as they came; the middle is left out when they are too long. */
  output: string;
  /** Why it did not end by itself. */
  endedBy?: 'timeout' | 'stopped' | BoundPassed;
  durationMs: number;
  usage: ProcessUsage;
}

/** Sees a process to its end, or kills it with all that it has started. Rejects only if nothing could be started. */
export async function runProcess(start: () => MeteredProcess, bounds: ProcessBounds): Promise<ProcessResult> {
  const startedAt = performance.now();
  const { child, exit, kill } = start();
  const output = new OutputEnds(bounds.outputBytesMax);
  child.stdout?.on('data', (chunk: Buffer) => output.add(chunk));
  child.stderr?.on('data', (chunk: Buffer) => output.add(chunk));
  let endedBy: ProcessResult['endedBy'];
  const end = (why: ProcessResult['endedBy']) => {
    endedBy ??= why;
    kill();
  };
  const timer = setTimeout(() => end('timeout'), bounds.timeoutMs);
  const onAbort = () => end('stopped');
  bounds.signal.addEventListener('abort', onAbort, { once: true });
  if (bounds.signal.aborted) onAbort();
  // Not only its exit: what it has written has to have arrived.
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  try {
    const [{ code, usage, passed }] = await Promise.all([exit, closed]);
    endedBy ??= passed;
    return {
      exitCode: code,
      output: output.text(),
      durationMs: Math.round(performance.now() - startedAt),
      usage,
      ...(endedBy === undefined ? {} : { endedBy }),
    };
  } finally {
    clearTimeout(timer);
    bounds.signal.removeEventListener('abort', onAbort);
  }
}
