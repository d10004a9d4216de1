import type { CreateOptions, Transport } from '../transport.ts';
import type {
  AgentIdentity,
  CloneRequest,
  CloneResponse,
  CloneTransferRequest,
  CloneTransferStatus,
  HeartbeatResponse,
  JoinRequest,
  JoinResponse,
} from '../types.ts';

const path = (...parts: string[]) => `/api/agents/${parts.map(encodeURIComponent).join('/')}`;

/** For agents that live elsewhere: they call with their own credential. */
export class AgentsAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Needs no credential but the invite's code; the answer has the key, which is shown once. */
  join(request: JoinRequest, options?: CreateOptions): Promise<JoinResponse> {
    return this.#transport.create(path('join'), request, options, { isOpen: true });
  }

  /** Online for two minutes more. */
  heartbeat(): Promise<HeartbeatResponse> {
    return this.#transport.post(path('heartbeat'), {});
  }

  self(): Promise<AgentIdentity> {
    return this.#transport.get(path('self'));
  }

  /** A copy of the calling agent that lives in the house; what it is to bring is sent with `transferState`. */
  clone(request: CloneRequest = {}, options?: CreateOptions): Promise<CloneResponse> {
    return this.#transport.create(path('clone'), request, options);
  }

  /** The manifest of a package, and the package (tar.gz) itself up to 10 MB. */
  transferState(request: CloneTransferRequest): Promise<CloneTransferStatus> {
    return this.#transport.post(path('clone', 'transfer'), request);
  }

  /** A package of any size (500 MB at most), after its manifest; a blob of a file is read as it is sent. */
  uploadBundle(transferId: string, bundle: Uint8Array<ArrayBuffer> | Blob): Promise<CloneTransferStatus> {
    const blob = bundle instanceof Blob ? bundle : new Blob([bundle]);
    return this.#transport.put(path('clone', 'transfer', transferId, 'bundle'), blob);
  }

  transferStatus(transferId: string): Promise<CloneTransferStatus> {
    return this.#transport.get(path('join', 'status', transferId));
  }
}
