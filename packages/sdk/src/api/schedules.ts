import type { Transport } from '../transport.ts';
import type { CreateScheduleRequest, PageQuery, Schedule } from '../types.ts';
import { officePath } from './office-path.ts';

/** What wakes agents again and again. */
export class SchedulesAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  create(officeId: string, request: CreateScheduleRequest): Promise<Schedule> {
    return this.#transport.post(officePath(officeId, 'schedules'), request);
  }

  list(officeId: string, query?: PageQuery & { agent?: string }): Promise<Schedule[]> {
    return this.#transport.get(officePath(officeId, 'schedules'), query);
  }

  delete(officeId: string, scheduleId: string): Promise<void> {
    return this.#transport.delete(officePath(officeId, 'schedules', scheduleId));
  }
}
