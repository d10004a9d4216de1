import type { Context } from '../context/index.ts';
import { type Event, headOf, readEvents } from './event-store.ts';

/** So many of the newest events are kept for those who follow them, as long as they are no larger than this together. */
const KEPT_EVENTS_MAX = 500;
const KEPT_CHARS_MAX = 4_000_000;
const READ_EVENTS_MAX = 200;
/** Rings can be lost with a connection; a look at this interval bounds how long anybody waits for one. */
const LOOK_EVERY_MS = 5_000;

const tails = new WeakMap<Context['house'], Map<string, EventTail>>();

/**
 * The newest events of one stream, read once for all of this process that follow it: three hundred readers of an office cost one
 * query an event and not three hundred. Who is further behind reads by itself.
 */
export class EventTail {
  readonly #context: Context;
  readonly #stream: string;
  readonly #readers = new Set<() => void>();
  readonly #stop: () => void;
  /** Everything after `#from` up to `#head`, in order. */
  #events: { event: Event; chars: number }[] = [];
  #chars = 0;
  #from = -1;
  #head = -1;
  #isStale = true;
  #reading: Promise<void> | undefined;

  private constructor(context: Context, stream: string, dispose: () => void) {
    this.#context = context;
    this.#stream = stream;
    const ring = () => {
      this.#isStale = true;
      for (const wake of this.#readers) wake();
    };
    const stopListening = context.house.wake.onCommit(({ streams }) => {
      if (streams.length === 0 || streams.includes(stream)) ring();
    });
    const timer = setInterval(ring, LOOK_EVERY_MS);
    this.#stop = () => {
      stopListening();
      clearInterval(timer);
      dispose();
    };
  }

  /** The tail of a stream, rung for `wake` until `leave` is called; the last to leave ends it. */
  static join(context: Context, stream: string, wake: () => void): { tail: EventTail; leave: () => void } {
    const ofHouse = tails.get(context.house) ?? new Map<string, EventTail>();
    tails.set(context.house, ofHouse);
    const tail = ofHouse.get(stream) ?? new EventTail(context, stream, () => ofHouse.delete(stream));
    ofHouse.set(stream, tail);
    tail.#readers.add(wake);
    const leave = () => {
      if (tail.#readers.delete(wake) && tail.#readers.size === 0) tail.#stop();
    };
    return { tail, leave };
  }

  /** The events after a position and the newest position; undefined when it does not reach back so far. */
  async after(seq: number): Promise<{ events: Event[]; head: number } | undefined> {
    // The first reading may have been under way already, for another reader whom the same ring woke; the second began after this was
    // asked. Under steady writing there is always something newer, and nobody would be told of anything.
    for (let turn = 0; turn < 2 && (this.#isStale || this.#reading !== undefined); turn++) {
      this.#reading ??= this.#read();
      await this.#reading;
    }
    if (this.#from < 0 || seq < this.#from) return undefined;
    const events: Event[] = [];
    for (let index = this.#events.length - 1; index >= 0; index--) {
      const entry = this.#events[index];
      if (entry === undefined || entry.event.seq <= seq) break;
      events.push(entry.event);
    }
    return { events: events.reverse(), head: Math.max(this.#head, seq) };
  }

  async #read(): Promise<void> {
    try {
      this.#isStale = false;
      const { seq: head } = await headOf(this.#context, this.#stream);
      // The first time, after a gap, or when the log is another one than it was: from here on.
      if (this.#from < 0 || head < this.#head || head - this.#head > READ_EVENTS_MAX) {
        this.#events = [];
        this.#chars = 0;
        this.#from = head;
        this.#head = head;
        return;
      }
      if (head === this.#head) return;
      const fresh = await readEvents(this.#context, this.#stream, this.#head, {}, READ_EVENTS_MAX);
      for (const event of fresh) this.#keep(event);
      this.#head = fresh.at(-1)?.seq ?? head;
      if (this.#head < head) this.#isStale = true;
    } catch (error) {
      // Whoever waits is told; the next one tries again.
      this.#isStale = true;
      throw error;
    } finally {
      this.#reading = undefined;
    }
  }

  #keep(event: Event): void {
    const chars = JSON.stringify(event.data).length;
    this.#events.push({ event, chars });
    this.#chars += chars;
    while (this.#events.length > KEPT_EVENTS_MAX || this.#chars > KEPT_CHARS_MAX) {
      const gone = this.#events.shift();
      if (gone === undefined) break;
      this.#chars -= gone.chars;
      this.#from = gone.event.seq;
    }
  }
}
