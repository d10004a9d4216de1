import type { CreateOptions, ServerSentEvent, Transport } from '../transport.ts';
import type { PoolStats, SendMessageAnswer, SendMessageRequest } from '../types.ts';
import { officePath } from './office-path.ts';

export class MessagesAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  send(officeId: string, request: SendMessageRequest, options?: CreateOptions): Promise<SendMessageAnswer> {
    return this.#transport.create(officePath(officeId, 'messages', 'send'), request, options);
  }

  /** How many agents are at work, and how many could be. */
  poolStats(officeId: string): Promise<PoolStats> {
    return this.#transport.get(officePath(officeId, 'messages', 'pool-stats'));
  }

  /**
   * Messages as they are said. `cursor` resumes after an event id; `signal` ends it; with `deltas` also `message_delta`: what
   * agents write, while they write it; with `receipts` also who has, and has read, what; with `agentId` what concerns one agent.
   */
  stream(
    officeId: string,
    options: { cursor?: string; deltas?: boolean; receipts?: boolean; agentId?: string; signal?: AbortSignal } = {},
  ): AsyncGenerator<ServerSentEvent> {
    const query = {
      ...(options.cursor === undefined ? {} : { cursor: options.cursor }),
      ...(options.deltas === true ? { deltas: 'true' } : {}),
      ...(options.receipts === true ? { receipts: 'true' } : {}),
      ...(options.agentId === undefined ? {} : { agentId: options.agentId }),
    };
    return this.#transport.stream(
      officePath(officeId, 'messages', 'stream'),
      query,
      options.signal === undefined ? {} : { signal: options.signal },
    );
  }
}
