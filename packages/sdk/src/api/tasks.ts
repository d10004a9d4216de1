import type { CreateOptions, Transport } from '../transport.ts';
import type {
  CreateTaskRequest,
  PageQuery,
  Task,
  TaskArtifact,
  TaskArtifactRequest,
  TaskComment,
  TaskDetail,
  TaskLog,
  TaskStats,
  TaskSummary,
  UpdateTaskRequest,
  VerifyTaskRequest,
} from '../types.ts';
import { officePath } from './office-path.ts';

export class TasksAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  create(officeId: string, request: CreateTaskRequest, options?: CreateOptions): Promise<Task> {
    return this.#transport.create(officePath(officeId, 'tasks'), request, options);
  }

  list(
    officeId: string,
    query?: PageQuery & { status?: string; offset?: number; assigned_to?: string; parent?: string; q?: string },
  ): Promise<TaskSummary[]> {
    return this.#transport.get(officePath(officeId, 'tasks'), query);
  }

  /** The task, with the newest of its logs, comments, subtasks, artifacts and messages. */
  get(officeId: string, taskId: string): Promise<TaskDetail> {
    return this.#transport.get(officePath(officeId, 'tasks', taskId));
  }

  stats(officeId: string): Promise<TaskStats> {
    return this.#transport.get(officePath(officeId, 'tasks', 'stats'));
  }

  update(officeId: string, taskId: string, request: UpdateTaskRequest): Promise<Task> {
    return this.#transport.patch(officePath(officeId, 'tasks', taskId), request);
  }

  delete(officeId: string, taskId: string): Promise<void> {
    return this.#transport.delete(officePath(officeId, 'tasks', taskId));
  }

  verify(officeId: string, taskId: string, request: VerifyTaskRequest): Promise<Task> {
    return this.#transport.post(officePath(officeId, 'tasks', taskId, 'verify'), request);
  }

  comments(officeId: string, taskId: string, query?: PageQuery): Promise<TaskComment[]> {
    return this.#transport.get(officePath(officeId, 'tasks', taskId, 'comments'), query);
  }

  comment(officeId: string, taskId: string, body: string, options?: CreateOptions): Promise<TaskComment> {
    return this.#transport.create(officePath(officeId, 'tasks', taskId, 'comments'), { body }, options);
  }

  logs(officeId: string, taskId: string, query?: PageQuery): Promise<TaskLog[]> {
    return this.#transport.get(officePath(officeId, 'tasks', taskId, 'logs'), query);
  }

  artifacts(officeId: string, taskId: string, query?: PageQuery): Promise<TaskArtifact[]> {
    return this.#transport.get(officePath(officeId, 'tasks', taskId, 'artifacts'), query);
  }

  addArtifact(
    officeId: string,
    taskId: string,
    request: TaskArtifactRequest,
    options?: CreateOptions,
  ): Promise<TaskArtifact> {
    return this.#transport.create(officePath(officeId, 'tasks', taskId, 'artifacts'), request, options);
  }

  subtasks(officeId: string, taskId: string, query?: PageQuery): Promise<TaskSummary[]> {
    return this.#transport.get(officePath(officeId, 'tasks', taskId, 'subtasks'), query);
  }
}
