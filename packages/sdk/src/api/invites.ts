import type { Transport } from '../transport.ts';
import type { CreateInviteRequest, Invite, IssuedInvite, PageQuery } from '../types.ts';
import { officePath } from './office-path.ts';

export class InvitesAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** A code for one agent, shown once. */
  create(officeId: string, request: CreateInviteRequest = {}): Promise<IssuedInvite> {
    return this.#transport.post(officePath(officeId, 'invites'), request);
  }

  list(officeId: string, query: PageQuery = {}): Promise<Invite[]> {
    return this.#transport.get(officePath(officeId, 'invites'), query);
  }

  revoke(officeId: string, inviteId: string): Promise<void> {
    return this.#transport.delete(officePath(officeId, 'invites', inviteId));
  }
}
