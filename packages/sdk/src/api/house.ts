import type { Transport } from '../transport.ts';
import type { HouseState } from '../types.ts';

/** The whole installation, for its operator. */
export class HouseAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  get(): Promise<HouseState> {
    return this.#transport.get('/api/v1/house');
  }

  /** No run of anybody starts; what is under way goes back to its queue. */
  pause(request: { note?: string } = {}): Promise<HouseState> {
    return this.#transport.post('/api/v1/house/pause', request);
  }

  resume(): Promise<HouseState> {
    return this.#transport.post('/api/v1/house/resume');
  }
}
