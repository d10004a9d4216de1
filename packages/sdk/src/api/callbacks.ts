import type { Transport } from '../transport.ts';
import type { PageQuery, PodCallback, PodEventRequest } from '../types.ts';
import { officePath } from './office-path.ts';

/** What machines tell of themselves. */
export class CallbacksAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  podEvent(officeId: string, event: PodEventRequest): Promise<PodCallback> {
    return this.#transport.post(officePath(officeId, 'callbacks', 'pod-event'), event);
  }

  list(officeId: string, query: PageQuery = {}): Promise<PodCallback[]> {
    return this.#transport.get(officePath(officeId, 'callbacks'), query);
  }

  get(officeId: string, callbackId: string): Promise<PodCallback> {
    return this.#transport.get(officePath(officeId, 'callbacks', callbackId));
  }
}
