import type { GrpcMethods } from './grpc-server.ts';
import { GrpcError } from './grpc-status.ts';
import { readPaging, writePaging } from './paging.ts';
import { type ProtobufMessage, writeMessage } from './protobuf.ts';
import { TopicLog } from './topic-log.ts';

interface CommitLogEntry {
  entry: Buffer;
  signature: Buffer;
}

/** What clients note of the commits of a group, by which they find out that one of them has lost its way. */
export class CommitLogApi {
  readonly #log = new TopicLog<CommitLogEntry>();
  readonly methods: GrpcMethods;

  constructor(service: string) {
    this.methods = {
      unary: {
        [`${service}/BatchPublishCommitLog`]: (request) => this.#publish(request),
        [`${service}/BatchQueryCommitLog`]: (request) =>
          writeMessage({ 1: request.messages(1).map((asked) => this.#query(asked)) }),
      },
      streams: {},
    };
  }

  #publish(request: ProtobufMessage): Uint8Array {
    for (const published of request.messages(1)) {
      const [groupId, entry, signature] = [published.bytes(1), published.bytes(2), published.bytes(3)];
      if (groupId === undefined || entry === undefined || signature === undefined)
        throw new GrpcError('invalidArgument', 'invalid commit log entry');
      this.#log.append(groupId.toString('hex'), entry, { entry, signature });
    }
    return new Uint8Array();
  }

  #query(request: ProtobufMessage): Buffer {
    const groupId = request.bytes(1);
    if (groupId === undefined) throw new GrpcError('invalidArgument', 'invalid request');
    const asked = { ...readPaging(request.message(2)), isAscending: true };
    const page = this.#log.page(groupId.toString('hex'), asked);
    const entries = page.map(({ id, fields }) => writeMessage({ 1: id, 2: fields.entry, 3: fields.signature }));
    return writeMessage({ 1: groupId, 2: entries, 3: writePaging(asked, page) });
  }
}
