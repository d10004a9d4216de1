import type { Context } from '../context/index.ts';
import { type Event, type EventFilter, headOf, readEvents } from './event-store.ts';

const PAGE_EVENTS = 200;
/** Rings can be lost with a connection; a look at this interval bounds how long anybody waits for one. */
const LOOK_EVERY_MS = 5_000;

export interface FollowOptions {
  /** Start after this event; absent means: only what is new from now on. */
  afterSeq?: number | undefined;
  filter: EventFilter;
  signal: AbortSignal;
}

/**
 * Yields the events of a stream in order, then waits for more until `signal` ends it. The next page is read only when
 * the consumer has taken the last, so a slow reader slows itself and loses nothing.
 */
export async function* followEvents(context: Context, stream: string, options: FollowOptions): AsyncGenerator<Event[]> {
  const { filter, signal } = options;
  const bell = new Bell(context, stream, signal);
  try {
    let afterSeq = options.afterSeq ?? (await headOf(context, stream)).seq;
    while (!signal.aborted) {
      bell.listen();
      // Read before the events, so that nothing committed in between is stepped over.
      const head = await headOf(context, stream);
      const events = head.seq > afterSeq ? await readEvents(context, stream, afterSeq, filter, PAGE_EVENTS) : [];
      if (events.length > 0) yield events;
      const isFullPage = events.length === PAGE_EVENTS;
      afterSeq = isFullPage ? (events.at(-1)?.seq ?? afterSeq) : Math.max(head.seq, events.at(-1)?.seq ?? 0, afterSeq);
      if (!isFullPage) await bell.wait();
    }
  } finally {
    bell.close();
  }
}

/** Rung by a commit to the stream, by the end of the reader, and now and then by the clock. */
class Bell {
  readonly #close: () => void;
  #rung = false;
  #wake: (() => void) | undefined;

  constructor(context: Context, stream: string, signal: AbortSignal) {
    const ring = () => {
      this.#rung = true;
      this.#wake?.();
    };
    const stop = context.house.wake.onCommit(({ streams }) => {
      if (streams.length === 0 || streams.includes(stream)) ring();
    });
    const timer = setInterval(ring, LOOK_EVERY_MS);
    signal.addEventListener('abort', ring, { once: true });
    this.#close = () => {
      stop();
      clearInterval(timer);
      signal.removeEventListener('abort', ring);
    };
  }

  listen(): void {
    this.#rung = false;
  }

  async wait(): Promise<void> {
    if (this.#rung) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }

  close(): void {
    this.#close();
  }
}
