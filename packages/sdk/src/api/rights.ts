import type { CreateOptions, Transport } from '../transport.ts';
import type { Capabilities, CreateDelegateRequest, Delegate, PageQuery, Role } from '../types.ts';
import { officePath } from './office-path.ts';

/** The sets of permissions that members and agents have. */
export class RolesAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  list(officeId: string): Promise<Role[]> {
    return this.#transport.get(officePath(officeId, 'roles'));
  }

  get(officeId: string, name: string): Promise<Role> {
    return this.#transport.get(officePath(officeId, 'roles', name));
  }
}

/** What agents may do beside their work, because somebody said so. */
export class DelegatesAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  list(officeId: string, query: PageQuery = {}): Promise<Delegate[]> {
    return this.#transport.get(officePath(officeId, 'delegates'), query);
  }

  get(officeId: string, agentId: string): Promise<Delegate> {
    return this.#transport.get(officePath(officeId, 'delegates', agentId));
  }

  /** Throws `OS1Error` 409 when the agent is a delegate already. */
  create(
    officeId: string,
    agentId: string,
    request: CreateDelegateRequest,
    options?: CreateOptions,
  ): Promise<Delegate> {
    return this.#transport.create(officePath(officeId, 'delegates', agentId), request, options);
  }

  update(officeId: string, agentId: string, request: CreateDelegateRequest): Promise<Delegate> {
    return this.#transport.patch(officePath(officeId, 'delegates', agentId), request);
  }

  delete(officeId: string, agentId: string): Promise<void> {
    return this.#transport.delete(officePath(officeId, 'delegates', agentId));
  }
}

export class CapabilitiesAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** What this credential may do in an office. */
  self(officeId: string): Promise<Capabilities> {
    return this.#transport.get(officePath(officeId, 'capabilities', 'self'));
  }
}
