import type { Transport } from '../transport.ts';
import type { CreateTaskRequest, PageQuery, Task, TaskStats, TaskSummary } from '../types.ts';
import { officePath } from './office-path.ts';

export class TasksAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  create(officeId: string, request: CreateTaskRequest): Promise<Task> {
    return this.#transport.post(officePath(officeId, 'tasks'), request);
  }

  list(officeId: string, query?: PageQuery & { status?: string; offset?: number }): Promise<TaskSummary[]> {
    return this.#transport.get(officePath(officeId, 'tasks'), query);
  }

  get(officeId: string, taskId: string): Promise<Task> {
    return this.#transport.get(officePath(officeId, 'tasks', taskId));
  }

  stats(officeId: string): Promise<TaskStats> {
    return this.#transport.get(officePath(officeId, 'tasks', 'stats'));
  }
}
