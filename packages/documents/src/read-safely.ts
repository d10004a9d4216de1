import { Worker } from 'node:worker_threads';
import { type DocumentRecord, UnreadableDocument } from './document-record.ts';

const TIMEOUT_MS = 30_000;
const HEAP_MB_MAX = 512;
const AT_ONCE_MAX = 2;

export interface ReadLimits {
  timeoutMs?: number;
  /** Whose file it is: one of each owner is read at a time, so that nobody's files keep those of others waiting. */
  owner?: string;
}

interface Waiting {
  owner: string;
  start(): void;
}

const running: string[] = [];
const waiting: Waiting[] = [];

/**
 * `readDocument` in a thread of its own: a file that takes too long or too much memory costs that much and no more, and the
 * server goes on answering meanwhile. Throws `UnreadableDocument`.
 */
export async function readSafely(name: string, bytes: Uint8Array, limits: ReadLimits = {}): Promise<DocumentRecord[]> {
  const { owner = '', timeoutMs = TIMEOUT_MS } = limits;
  await new Promise<void>((start) => {
    waiting.push({ owner, start });
    startNext();
  });
  try {
    return await inWorker(name, bytes, timeoutMs);
  } finally {
    running.splice(running.indexOf(owner), 1);
    startNext();
  }
}

function startNext(): void {
  if (running.length >= AT_ONCE_MAX) return;
  const index = waiting.findIndex(({ owner }) => !running.includes(owner));
  const [next] = index === -1 ? [] : waiting.splice(index, 1);
  if (next === undefined) return;
  running.push(next.owner);
  next.start();
}

export type WorkerAnswer = { records: DocumentRecord[] } | { reason: string };

function inWorker(name: string, bytes: Uint8Array, timeoutMs: number): Promise<DocumentRecord[]> {
  const worker = new Worker(new URL('./document-thread.ts', import.meta.url), {
    workerData: { name, bytes },
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX, maxYoungGenerationSizeMb: 64, stackSizeMb: 4 },
    stdout: true,
    stderr: true,
  });
  return new Promise((resolve, reject) => {
    const refuse = (reason: string, cause?: unknown) => reject(new UnreadableDocument(reason, { cause }));
    const timer = setTimeout(() => refuse(`It took longer than ${timeoutMs / 1000} s to read.`), timeoutMs);
    worker.once('message', (answer: WorkerAnswer) =>
      'reason' in answer ? refuse(answer.reason) : resolve(answer.records),
    );
    worker.once('error', (error) =>
      refuse(
        (error as { code?: string }).code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? 'It takes more memory than a file may.'
          : 'It cannot be read.',
        error,
      ),
    );
    worker.once('exit', () => refuse('It cannot be read.'));
    const done = () => {
      clearTimeout(timer);
      void worker.terminate();
    };
    worker.once('message', done).once('error', done);
    setTimeout(done, timeoutMs + 1).unref();
  });
}
