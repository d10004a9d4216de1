import type { ServerSentEvent, Transport } from '../transport.ts';
import type { OfficeEvent } from '../types.ts';
import { officePath } from './office-path.ts';

export interface EventStreamOptions {
  /** The id of the last event you have; `0` replays all that is kept. */
  cursor?: string;
  /** Comma-separated leading segments: `task,run`. */
  filter?: string;
  signal?: AbortSignal;
}

export class EventsAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Newest first. */
  list(officeId: string, query: { limit?: number; before?: number; type?: string } = {}): Promise<OfficeEvent[]> {
    return this.#transport.get(officePath(officeId, 'events'), query);
  }

  /** Everything that happens in the office, as it happens. */
  stream(officeId: string, options: EventStreamOptions = {}): AsyncGenerator<ServerSentEvent> {
    const { cursor, filter, signal } = options;
    const query = { cursor, filter };
    return this.#transport.stream(
      officePath(officeId, 'events', 'stream'),
      query,
      signal === undefined ? {} : { signal },
    );
  }
}
