import type { CreateOptions, Transport } from '../transport.ts';
import type { CreateScheduleRequest, PageQuery, Schedule } from '../types.ts';
import { officePath } from './office-path.ts';

/** What wakes agents again and again. */
export class SchedulesAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  create(officeId: string, request: CreateScheduleRequest, options?: CreateOptions): Promise<Schedule> {
    return this.#transport.create(officePath(officeId, 'schedules'), request, options);
  }

  list(officeId: string, query?: PageQuery & { agent?: string }): Promise<Schedule[]> {
    return this.#transport.get(officePath(officeId, 'schedules'), query);
  }

  delete(officeId: string, scheduleId: string): Promise<void> {
    return this.#transport.delete(officePath(officeId, 'schedules', scheduleId));
  }
}
