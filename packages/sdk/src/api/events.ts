import type { ServerSentEvent, Transport } from '../transport.ts';
import type { ChatEvent, OfficeEvent, PageQuery } from '../types.ts';
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

  /** What was said in a conversation, oldest first. */
  chatEvents(officeId: string, sessionKey: string, query: PageQuery = {}): Promise<ChatEvent[]> {
    return this.#transport.get(officePath(officeId, 'events', 'chat', sessionKey), query);
  }

  /** Logins to machines of the office, as callbacks told them. */
  sshEvents(officeId: string, query: { limit?: number; before?: number } = {}): Promise<OfficeEvent[]> {
    return this.#transport.get(officePath(officeId, 'events', 'ssh'), query);
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
