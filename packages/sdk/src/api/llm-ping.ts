import type { Transport } from '../transport.ts';
import type { PingResult } from '../types.ts';
import { officePath } from './office-path.ts';

/** Whether models answer: one real, minimal call, paid by the office. */
export class LLMPingAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  ping(officeId: string): Promise<PingResult> {
    return this.#transport.post(officePath(officeId, 'llm-ping'));
  }

  agentPing(officeId: string, name: string): Promise<PingResult> {
    return this.#transport.post(officePath(officeId, 'employees', name, 'llm-ping'));
  }
}
