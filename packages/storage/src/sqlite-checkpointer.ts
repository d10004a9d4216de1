import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';

const COMMITS_BETWEEN_LOOKS = 64;
const LOG_BYTES_MAX = 8 * 1024 * 1024;

/**
 * Moves what was committed from the write-ahead log into the database file, in a thread of its own: it waits for the disk,
 * and on the thread that serves requests each time would hold all of them up for tens of milliseconds. The thread is
 * started when the log first grows large, so a house at rest has none.
 */
export class Checkpointer {
  readonly #path: string;
  #worker: Worker | undefined;
  #commits = 0;
  #isBusy = false;
  #isClosed = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** A commit was made. */
  note(): void {
    this.#commits += 1;
    if (this.#commits < COMMITS_BETWEEN_LOOKS || this.#isBusy) return;
    this.#commits = 0;
    this.#isBusy = true;
    // Whatever goes wrong here costs nothing but the help: the writing connection does it when the log is much larger.
    this.#look().catch(() => this.#rest());
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#worker?.terminate();
  }

  async #look(): Promise<void> {
    const { size } = await stat(`${this.#path}-wal`);
    if (size < LOG_BYTES_MAX || this.#isClosed) return this.#rest();
    this.#worker ??= this.#start();
    this.#worker.postMessage('checkpoint');
  }

  #start(): Worker {
    const worker = new Worker(new URL('./sqlite-checkpoint-thread.ts', import.meta.url), { workerData: this.#path });
    worker.unref();
    worker.on('message', () => this.#rest());
    worker.on('error', () => {
      this.#worker = undefined;
      this.#rest();
    });
    return worker;
  }

  #rest(): void {
    this.#isBusy = false;
  }
}
