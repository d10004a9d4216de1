import type { CreateOptions, ServerSentEvent, Transport } from '../transport.ts';
import type { ProxyRequest, ProxyView } from '../types.ts';

/** What pages use (seed: mitosis-external-agents, Dashboard Visibility and XMTP Frontend Surface). */
export class DashboardAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The bots of an office, then what becomes of them: `bots`, `bot`, `bot_removed`, `end`. */
  stream(officeId: string, options: { cursor?: string; signal?: AbortSignal } = {}): AsyncGenerator<ServerSentEvent> {
    const { cursor, signal } = options;
    const query = { office: officeId, ...(cursor === undefined ? {} : { cursor }) };
    return this.#transport.stream('/api/dashboard/stream', query, signal === undefined ? {} : { signal });
  }

  /** `conversations`, the office’s group, or messages. */
  view<T = Record<string, unknown>>(officeId: string, query: ProxyView): Promise<T> {
    return this.#transport.get(`/api/offices/${encodeURIComponent(officeId)}/xmtp`, query);
  }

  /** `send`, `group-send`, `create-group`, `add-member`, `rename-group`. */
  act<T = Record<string, unknown>>(officeId: string, request: ProxyRequest, options?: CreateOptions): Promise<T> {
    return this.#transport.create(`/api/offices/${encodeURIComponent(officeId)}/xmtp`, request, options);
  }
}
