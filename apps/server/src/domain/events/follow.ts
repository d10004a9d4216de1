import type { Context } from '../context/index.ts';
import { type Event, type EventFilter, headOf, matches, readEvents } from './event-store.ts';
import { EventTail } from './event-tail.ts';

const PAGE_EVENTS = 200;

export interface FollowOptions {
  /** Start after this event; absent means: only what is new from now on. */
  afterSeq?: number | undefined;
  filter: EventFilter;
  signal: AbortSignal;
}

/**
 * Yields the events of a stream in order, then waits for more until `signal` ends it. The next page is read only when
 * the consumer has taken the last, so a slow reader slows itself and loses nothing. Who keeps up reads from what the process
 * has read for all; who is behind reads from the log.
 */
export async function* followEvents(context: Context, stream: string, options: FollowOptions): AsyncGenerator<Event[]> {
  const { filter, signal } = options;
  const bell = new Bell();
  const ring = () => bell.ring();
  const { tail, leave } = EventTail.join(context, stream, ring);
  signal.addEventListener('abort', ring, { once: true });
  try {
    let afterSeq = options.afterSeq ?? (await headOf(context, stream)).seq;
    while (!signal.aborted) {
      bell.listen();
      const near = await tail.after(afterSeq);
      if (near !== undefined) {
        const events = near.events.filter((event) => matches(event, filter));
        if (events.length > 0) yield events;
        afterSeq = near.head;
        await bell.wait();
        continue;
      }
      // Read before the events, so that nothing committed in between is stepped over.
      const head = await headOf(context, stream);
      const events = head.seq > afterSeq ? await readEvents(context, stream, afterSeq, filter, PAGE_EVENTS) : [];
      if (events.length > 0) yield events;
      const isFullPage = events.length === PAGE_EVENTS;
      afterSeq = isFullPage ? (events.at(-1)?.seq ?? afterSeq) : Math.max(head.seq, events.at(-1)?.seq ?? 0, afterSeq);
    }
  } finally {
    signal.removeEventListener('abort', ring);
    leave();
  }
}

/** Rung by a commit to the stream, by the end of the reader, and now and then by the clock. */
class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
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
}
