import { EventEmitter } from 'node:events';

/** What a committed transaction touched: who waits for one of these reads the log again. */
export interface Commit {
  /** Streams (organisations) that have new events. Empty means "perhaps all": a connection was lost and came back. */
  streams: string[];
  /** Whether there may be work for a supervisor. */
  runs: boolean;
  /** Whether runs were taken from their workers. */
  stops: boolean;
}

/** The in-process bell. It carries no data: readers always read the database, so a lost ring costs time, not truth. */
export class Wake {
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  ring(commit: Commit): void {
    this.#emitter.emit('commit', commit);
  }

  /** Returns the function that stops listening. */
  onCommit(listener: (commit: Commit) => void): () => void {
    this.#emitter.on('commit', listener);
    return () => this.#emitter.off('commit', listener);
  }
}
