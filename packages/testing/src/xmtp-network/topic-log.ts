import { createHash } from 'node:crypto';
import { GrpcError } from './grpc-status.ts';

/** Enough for any test; a loop that sends for ever ends here and not in want of memory. */
const ENTRIES_MAX = 100_000;

export const PAGE_SIZE_MAX = 100;

/** A stored message; `fields` is what the caller keeps of it. */
export interface Entry<T> {
  id: bigint;
  createdNs: bigint;
  fields: T;
}

export interface PageRequest {
  isAscending: boolean;
  limit: number;
  /** Exclusive; 0 begins at the end that the direction begins with. */
  cursor: bigint;
}

/**
 * Messages by topic, in the order in which they came. Ids rise across all topics, as in the one table of the real node:
 * a cursor of a client is such an id.
 */
export class TopicLog<T> {
  readonly #entries = new Map<string, Entry<T>[]>();
  readonly #followers = new Map<string, Set<(entry: Entry<T>) => void>>();
  readonly #digests = new Set<string>();
  #lastId = 0n;

  /** The same bytes on the same topic are kept once, and a repetition is no error: so a client may send again. */
  append(topic: string, data: Uint8Array, fields: T): void {
    const digest = createHash('sha256').update(topic).update('\0').update(data).digest('base64');
    if (this.#digests.has(digest)) return;
    if (this.#lastId >= ENTRIES_MAX) throw new GrpcError('resourceExhausted', `more than ${ENTRIES_MAX} messages`);
    this.#digests.add(digest);
    this.#lastId += 1n;
    const entry = { id: this.#lastId, createdNs: BigInt(Date.now()) * 1_000_000n, fields };
    const entries = this.#entries.get(topic);
    if (entries === undefined) this.#entries.set(topic, [entry]);
    else entries.push(entry);
    for (const receive of this.#followers.get(topic) ?? []) receive(entry);
  }

  page(topic: string, { isAscending, limit, cursor }: PageRequest): Entry<T>[] {
    const entries = this.all(topic);
    if (isAscending) return entries.filter((entry) => entry.id > cursor).slice(0, limit);
    return entries
      .filter((entry) => cursor === 0n || entry.id < cursor)
      .slice(-limit)
      .reverse();
  }

  all(topic: string): readonly Entry<T>[] {
    return this.#entries.get(topic) ?? [];
  }

  get topics(): string[] {
    return [...this.#entries.keys()];
  }

  /** Hands over what came after the cursor and then everything new, without a gap; returns what ends it. */
  follow(topic: string, cursor: bigint, receive: (entry: Entry<T>) => void): () => void {
    for (const entry of this.all(topic)) if (entry.id > cursor) receive(entry);
    const followers = this.#followers.get(topic) ?? new Set();
    this.#followers.set(topic, followers.add(receive));
    return () => {
      followers.delete(receive);
      if (followers.size === 0 && this.#followers.get(topic) === followers) this.#followers.delete(topic);
    };
  }
}
