import type { CreateOptions, Transport } from '../transport.ts';
import type { PageQuery, PodCallback, PodEventRequest } from '../types.ts';
import { officePath } from './office-path.ts';

/** What machines tell of themselves. */
export class CallbacksAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  podEvent(officeId: string, event: PodEventRequest, options?: CreateOptions): Promise<PodCallback> {
    return this.#transport.create(officePath(officeId, 'callbacks', 'pod-event'), event, options);
  }

  list(officeId: string, query: PageQuery = {}): Promise<PodCallback[]> {
    return this.#transport.get(officePath(officeId, 'callbacks'), query);
  }

  get(officeId: string, callbackId: string): Promise<PodCallback> {
    return this.#transport.get(officePath(officeId, 'callbacks', callbackId));
  }
}
