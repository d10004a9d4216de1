import type { CreateOptions, Transport } from '../transport.ts';
import type {
  ClusterStatus,
  CreateOfficeRequest,
  Office,
  OfficeSecret,
  OfficeSettings,
  OfficeTransfer,
  PageQuery,
  RotatedSecret,
} from '../types.ts';
import { officePath } from './office-path.ts';

export class OfficesAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** `existing: true` in the answer means that you had an office already and the name was ignored; `forceCreate` opens another. */
  create(request: CreateOfficeRequest, options?: CreateOptions): Promise<Office> {
    return this.#transport.create('/api/v1/offices', request, options);
  }

  /** `closed: true` lists those that can be restored, instead of those that are open. */
  list(query?: PageQuery & { closed?: boolean }): Promise<Office[]> {
    return this.#transport.get('/api/v1/offices', query);
  }

  get(officeId: string): Promise<Office> {
    return this.#transport.get(officePath(officeId));
  }

  getSettings(officeId: string): Promise<OfficeSettings> {
    return this.#transport.get(officePath(officeId, 'settings'));
  }

  /** Merged into what is there; null takes a setting away. */
  updateSettings(officeId: string, settings: OfficeSettings): Promise<OfficeSettings> {
    return this.#transport.patch(officePath(officeId, 'settings'), settings);
  }

  /** Stops all work of the office before the next claim. */
  suspend(officeId: string, request: { note?: string } = {}): Promise<Office> {
    return this.#transport.post(officePath(officeId, 'suspend'), request);
  }

  resume(officeId: string): Promise<Office> {
    return this.#transport.post(officePath(officeId, 'resume'));
  }

  delete(officeId: string): Promise<void> {
    return this.#transport.delete(officePath(officeId));
  }

  /** Kept sealed and never shown again; agents get it by name (`envSecrets`). */
  setSecret(officeId: string, secretName: string, value: string): Promise<void> {
    return this.#transport.put(officePath(officeId, 'secrets', secretName), { value });
  }

  secrets(officeId: string): Promise<OfficeSecret[]> {
    return this.#transport.get(officePath(officeId, 'secrets'));
  }

  deleteSecret(officeId: string, secretName: string): Promise<void> {
    return this.#transport.delete(officePath(officeId, 'secrets', secretName));
  }

  /** A new secret for the machines of the office, shown once; the one before is good for ten minutes more. */
  rotateSecret(officeId: string, options?: CreateOptions): Promise<RotatedSecret> {
    return this.#transport.create(officePath(officeId, 'rotate-secret'), undefined, options);
  }

  /** Throws `OS1Error` 503 when the office does not run on Kubernetes. */
  kubeconfig(officeId: string): Promise<string> {
    return this.#transport.get(officePath(officeId, 'kubeconfig'));
  }

  /** Opens an office again that was deleted in the last 30 days. */
  restore(officeId: string, options?: CreateOptions): Promise<Office> {
    return this.#transport.create(officePath(officeId, 'restore'), undefined, options);
  }

  /** Offers an office to another user, by id or mail address; it changes hands when they accept. */
  transfer(officeId: string, newOwnerId: string, options?: CreateOptions): Promise<void> {
    return this.#transport.create(officePath(officeId, 'transfer'), { new_owner_id: newOwnerId }, options);
  }

  getTransfer(officeId: string): Promise<OfficeTransfer> {
    return this.#transport.get(officePath(officeId, 'transfer'));
  }

  /** Withdraws an offer of yours, or declines one that was made to you. */
  endTransfer(officeId: string): Promise<void> {
    return this.#transport.delete(officePath(officeId, 'transfer'));
  }

  acceptTransfer(officeId: string, options?: CreateOptions): Promise<Office> {
    return this.#transport.create(officePath(officeId, 'transfer', 'accept'), undefined, options);
  }

  /** What is offered to you. */
  offers(): Promise<OfficeTransfer[]> {
    return this.#transport.get('/api/v1/me/office-transfers');
  }

  status(officeId: string): Promise<ClusterStatus> {
    return this.#transport.get(officePath(officeId, 'status'));
  }
}
