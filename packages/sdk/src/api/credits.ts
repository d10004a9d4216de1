import type { Transport } from '../transport.ts';
import type { AddCreditsRequest, CreditBalance, CreditHistoryEntry } from '../types.ts';
import { officePath } from './office-path.ts';

export class CreditsAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  balance(officeId: string): Promise<CreditBalance> {
    return this.#transport.get(officePath(officeId, 'credits'));
  }

  /** With an `idempotencyKey` a repeated call adds once. */
  add(officeId: string, request: AddCreditsRequest, options: { idempotencyKey?: string } = {}): Promise<CreditBalance> {
    const headers: Record<string, string> =
      options.idempotencyKey === undefined ? {} : { 'idempotency-key': options.idempotencyKey };
    return this.#transport.request('POST', officePath(officeId, 'credits'), { body: request, headers });
  }

  history(officeId: string, query: { limit?: number; offset?: number } = {}): Promise<CreditHistoryEntry[]> {
    return this.#transport.get(officePath(officeId, 'credits', 'history'), query);
  }
}
