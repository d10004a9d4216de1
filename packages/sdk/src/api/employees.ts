import type { CreateOptions, Transport } from '../transport.ts';
import type {
  ActivityEvent,
  ActivityQuery,
  ChatSession,
  Employee,
  EmployeeAction,
  EmployeeDetail,
  EmployeeLogs,
  HireRequest,
  LastError,
  LifecycleRequest,
  OfficeEvent,
  PageQuery,
  Presence,
  PromoteRequest,
  RotateCredentialsRequest,
  RotatedCredentials,
  SkillsRequest,
  StatusEventRequest,
  UpdateEmployeeRequest,
} from '../types.ts';
import { officePath } from './office-path.ts';

export class EmployeesAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Throws `OS1Error` 409 when the name is taken, 429 after 3 hires in 10 minutes. */
  hire(officeId: string, request: HireRequest, options?: CreateOptions): Promise<Employee> {
    return this.#transport.create(officePath(officeId, 'employees'), request, options);
  }

  list(officeId: string, query?: PageQuery): Promise<Employee[]> {
    return this.#transport.get(officePath(officeId, 'employees'), query);
  }

  get(officeId: string, name: string): Promise<EmployeeDetail> {
    return this.#transport.get(officePath(officeId, 'employees', name));
  }

  update(officeId: string, name: string, request: UpdateEmployeeRequest): Promise<Employee> {
    return this.#transport.patch(officePath(officeId, 'employees', name), request);
  }

  delete(officeId: string, name: string): Promise<void> {
    return this.#transport.delete(officePath(officeId, 'employees', name));
  }

  /** Start, stop or restart it. */
  action(officeId: string, name: string, action: EmployeeAction): Promise<Employee> {
    return this.#transport.post(officePath(officeId, 'employees', name, 'action'), action);
  }

  /** Skills are folders `skills/<name>` with a SKILL.md on the office's drive. */
  setSkills(officeId: string, name: string, request: SkillsRequest): Promise<Employee> {
    return this.#transport.post(officePath(officeId, 'employees', name, 'skills'), request);
  }

  /** Another model for its next turns. */
  promote(officeId: string, name: string, request: PromoteRequest): Promise<Employee> {
    return this.#transport.post(officePath(officeId, 'employees', name, 'promote'), request);
  }

  archive(officeId: string, name: string): Promise<Employee> {
    return this.#transport.post(officePath(officeId, 'employees', name, 'archive'));
  }

  restore(officeId: string, name: string): Promise<Employee> {
    return this.#transport.post(officePath(officeId, 'employees', name, 'restore'));
  }

  lifecycle(officeId: string, name: string, action: LifecycleRequest['action']): Promise<Employee> {
    return this.#transport.post(officePath(officeId, 'employees', name, 'lifecycle'), { action });
  }

  /** A new key, shown once; what the agent had is good for ten minutes more. */
  rotateCredentials(
    officeId: string,
    name: string,
    request?: RotateCredentialsRequest,
    options?: CreateOptions,
  ): Promise<RotatedCredentials> {
    return this.#transport.create(officePath(officeId, 'employees', name, 'credentials', 'rotate'), request, options);
  }

  logStatusEvent(officeId: string, name: string, event: StatusEventRequest, options?: CreateOptions): Promise<void> {
    return this.#transport.create(officePath(officeId, 'employees', name, 'events'), event, options);
  }

  events(officeId: string, name: string, query: { limit?: number; before?: number } = {}): Promise<OfficeEvent[]> {
    return this.#transport.get(officePath(officeId, 'employees', name, 'events'), query);
  }

  chatSessions(officeId: string, name: string, query: PageQuery = {}): Promise<ChatSession[]> {
    return this.#transport.get(officePath(officeId, 'employees', name, 'chat-sessions'), query);
  }

  logs(officeId: string, name: string, query: { tail?: number } = {}): Promise<EmployeeLogs> {
    return this.#transport.get(officePath(officeId, 'employees', name, 'logs'), query);
  }

  activity(officeId: string, name: string, query: ActivityQuery = {}): Promise<ActivityEvent[]> {
    return this.#transport.get(officePath(officeId, 'employees', name, 'activity'), query);
  }

  presence(officeId: string, name: string): Promise<Presence> {
    return this.#transport.get(officePath(officeId, 'employees', name, 'presence'));
  }

  lastError(officeId: string, name: string): Promise<LastError> {
    return this.#transport.get(officePath(officeId, 'employees', name, 'last-error'));
  }
}
