import type { GrpcMethods } from './grpc-server.ts';
import { GrpcError } from './grpc-status.ts';
import { type ProtobufMessage, writeMessage } from './protobuf.ts';
import { TopicLog } from './topic-log.ts';

const SERVICE = '/xmtp.identity.api.v1.IdentityApi';

/** As on the real node. */
const UPDATES_PER_INBOX_MAX = 256;

const EMPTY = new Uint8Array();

/**
 * Who is who: the log of every inbox, and which inbox an address belongs to. Signatures are not checked, as clients check
 * the log themselves; those of contract wallets are not supported, for want of a chain.
 */
export class IdentityApi {
  readonly #updates = new TopicLog<Buffer>();
  readonly #inboxes = new Map<string, string>();

  readonly methods: GrpcMethods = {
    unary: {
      [`${SERVICE}/PublishIdentityUpdate`]: (request) => this.#publish(request),
      [`${SERVICE}/GetIdentityUpdates`]: (request) =>
        writeMessage({ 1: request.messages(1).map((asked) => this.#updatesOf(asked)) }),
      [`${SERVICE}/GetInboxIds`]: (request) =>
        writeMessage({ 1: request.messages(1).map((asked) => this.#inboxOf(asked)) }),
      [`${SERVICE}/VerifySmartContractWalletSignatures`]: (request) =>
        writeMessage({ 1: request.messages(1).map(() => writeMessage({ 1: false, 3: 'there is no chain here' })) }),
    },
    streams: {},
  };

  /** The inbox of an Ethereum address; undefined if none was made. */
  inboxIdOf(address: string): string | undefined {
    return this.#inboxes.get(address.toLowerCase());
  }

  get inboxCount(): number {
    return this.#updates.topics.length;
  }

  #publish(request: ProtobufMessage): Uint8Array {
    const bytes = request.bytes(1);
    const update = request.message(1);
    if (bytes === undefined || update === undefined)
      throw new GrpcError('invalidArgument', 'identity update is required');
    const inboxId = update.text(3);
    if (this.#updates.all(inboxId).length >= UPDATES_PER_INBOX_MAX)
      throw new GrpcError('resourceExhausted', 'the log of the inbox is full');
    this.#updates.append(inboxId, bytes, bytes);
    for (const action of update.messages(1)) this.#associate(inboxId, action);
    return EMPTY;
  }

  /** Only Ethereum addresses are kept: installations are found in the log, and passkeys have no part in tests. */
  #associate(inboxId: string, action: ProtobufMessage): void {
    const created = action.message(1)?.text(1);
    const added = action.message(2)?.message(1)?.text(1);
    const revoked = action.message(3)?.message(1)?.text(1);
    if (created) this.#inboxes.set(created.toLowerCase(), inboxId);
    if (added) this.#inboxes.set(added.toLowerCase(), inboxId);
    if (revoked && this.inboxIdOf(revoked) === inboxId) this.#inboxes.delete(revoked.toLowerCase());
  }

  #updatesOf(asked: ProtobufMessage): Buffer {
    const inboxId = asked.text(1);
    const after = asked.integer(2);
    const updates = this.#updates.all(inboxId).filter((entry) => entry.id > after);
    return writeMessage({
      1: inboxId,
      2: updates.map(({ id, createdNs, fields }) => writeMessage({ 1: id, 2: createdNs, 3: fields })),
    });
  }

  #inboxOf(asked: ProtobufMessage): Buffer {
    const identifier = asked.text(1);
    return writeMessage({ 1: identifier, 2: this.inboxIdOf(identifier), 3: asked.integer(2) });
  }
}
