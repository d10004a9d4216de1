import { SessionLost } from './failure.ts';
import { McpConnection } from './mcp-connection.ts';
import type { McpServerPlace } from './server-place.ts';
import { untilAborted } from './until-aborted.ts';

/**
 * One server of one owner with one configuration: started by its first use, started again by the next one when it died.
 *
 *   resting ──use──▶ in use ──last use ends──▶ resting ──idleMs──▶ unused
 *                      └──── retired meanwhile ────────────────────▶ unused
 *
 * Whoever made it is told when it is unused, and closes it; a closed one is never used again.
 */
export class ManagedServer {
  readonly #place: McpServerPlace;
  readonly #idleMs: number;
  readonly #onUnused: () => void;
  readonly #lifetime = new AbortController();
  #opening: Promise<McpConnection> | undefined;
  #usesUnderWay = 0;
  #isRetired = false;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(place: McpServerPlace, { idleMs, onUnused }: { idleMs: number; onUnused: () => void }) {
    this.#place = place;
    this.#idleMs = idleMs;
    this.#onUnused = onUnused;
  }

  /** Works with the server, whose connection all users share. A lost session is opened anew, once. */
  async use<T>(work: (connection: McpConnection) => Promise<T>, signal: AbortSignal): Promise<T> {
    this.#usesUnderWay += 1;
    clearTimeout(this.#idleTimer);
    try {
      const opening = this.#connection();
      const connection = await untilAborted(opening, signal);
      try {
        return await work(connection);
      } catch (error) {
        if (!(error instanceof SessionLost)) throw error;
        this.#forget(opening);
        await connection.close();
        return await work(await untilAborted(this.#connection(), signal));
      }
    } finally {
      this.#usesUnderWay -= 1;
      if (this.#usesUnderWay === 0) this.#rest();
    }
  }

  /** No new use is coming: the server ends when those under way have ended. */
  retire(): void {
    this.#isRetired = true;
    if (this.#usesUnderWay === 0) this.#rest();
  }

  /** Ends the server now; what is under way fails. */
  async close(): Promise<void> {
    clearTimeout(this.#idleTimer);
    this.#lifetime.abort();
    const connection = await this.#opening?.catch(() => undefined);
    await connection?.close();
  }

  #connection(): Promise<McpConnection> {
    if (this.#opening !== undefined) return this.#opening;
    const opening = McpConnection.open(this.#place, this.#lifetime.signal);
    this.#opening = opening;
    const forget = () => this.#forget(opening);
    opening.then((connection) => connection.ended).then(forget, forget);
    return opening;
  }

  #forget(opening: Promise<McpConnection>): void {
    if (this.#opening === opening) this.#opening = undefined;
  }

  #rest(): void {
    clearTimeout(this.#idleTimer);
    if (this.#lifetime.signal.aborted) return;
    if (this.#isRetired) this.#onUnused();
    else this.#idleTimer = setTimeout(this.#onUnused, this.#idleMs).unref();
  }
}
