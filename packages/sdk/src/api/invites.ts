import type { CreateOptions, Transport } from '../transport.ts';
import type { ClaimRequest, ClaimResponse, CreateInviteRequest, Invite, IssuedInvite, PageQuery } from '../types.ts';
import { officePath } from './office-path.ts';

export class InvitesAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** A code for one agent, shown once. */
  create(officeId: string, request: CreateInviteRequest = {}, options?: CreateOptions): Promise<IssuedInvite> {
    return this.#transport.create(officePath(officeId, 'invites'), request, options);
  }

  /** A person comes in by a code; with a key of your own you stay who you are. */
  claim(request: ClaimRequest, options?: CreateOptions): Promise<ClaimResponse> {
    return this.#transport.create('/auth/claim', request, options, { isOpen: true });
  }

  list(officeId: string, query: PageQuery = {}): Promise<Invite[]> {
    return this.#transport.get(officePath(officeId, 'invites'), query);
  }

  revoke(officeId: string, inviteId: string): Promise<void> {
    return this.#transport.delete(officePath(officeId, 'invites', inviteId));
  }
}
