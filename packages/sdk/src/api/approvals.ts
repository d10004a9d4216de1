import type { Transport } from '../transport.ts';
import type { Approval, AttentionItem, DriverStatus, PageQuery } from '../types.ts';
import { officePath } from './office-path.ts';

/** What agents ask a person for. */
export class ApprovalsAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  list(officeId: string, query?: PageQuery & { state?: Approval['state'] }): Promise<Approval[]> {
    return this.#transport.get(officePath(officeId, 'approvals'), query);
  }

  /** Throws `OS1Error` 403 for an agent, 409 when it was decided otherwise or too late. */
  decide(officeId: string, approvalId: string, decision: { approve: boolean; note?: string }): Promise<Approval> {
    return this.#transport.post(officePath(officeId, 'approvals', approvalId, 'decision'), decision);
  }

  /** Everything that needs a person, newest first. */
  attention(officeId: string, query?: PageQuery): Promise<AttentionItem[]> {
    return this.#transport.get(officePath(officeId, 'attention'), query);
  }

  /** What can think for an agent in this house, and what is missing for the rest. */
  drivers(officeId: string): Promise<DriverStatus[]> {
    return this.#transport.get(officePath(officeId, 'drivers'));
  }
}
