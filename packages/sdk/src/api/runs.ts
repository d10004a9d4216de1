import type { Transport } from '../transport.ts';
import type { PageQuery, Run, RunStep } from '../types.ts';
import { officePath } from './office-path.ts';

/** What agents do, run by run. */
export class RunsAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  list(officeId: string, query?: PageQuery & { agent?: string; status?: string }): Promise<Run[]> {
    return this.#transport.get(officePath(officeId, 'runs'), query);
  }

  get(officeId: string, runId: string): Promise<Run> {
    return this.#transport.get(officePath(officeId, 'runs', runId));
  }

  /** Newest first. */
  steps(officeId: string, runId: string, query?: PageQuery): Promise<RunStep[]> {
    return this.#transport.get(officePath(officeId, 'runs', runId, 'steps'), query);
  }

  stop(officeId: string, runId: string): Promise<Run> {
    return this.#transport.post(officePath(officeId, 'runs', runId, 'stop'));
  }

  /** Throws `OS1Error` 409 for a run that neither failed nor was stopped. */
  retry(officeId: string, runId: string): Promise<Run> {
    return this.#transport.post(officePath(officeId, 'runs', runId, 'retry'));
  }
}
