import { CommitLogApi } from './commit-log-api.ts';
import type { GrpcMethods } from './grpc-server.ts';
import { GrpcError } from './grpc-status.ts';
import { type GroupMessageKind, installationKeyOf, readGroupMessage } from './mls-wire.ts';
import { readPaging, writePaging } from './paging.ts';
import { type ProtobufMessage, writeMessage } from './protobuf.ts';
import { type Entry, TopicLog } from './topic-log.ts';

const SERVICE = '/xmtp.mls.api.v1.MlsApi';

const EMPTY = new Uint8Array();

interface GroupMessage {
  groupId: Buffer;
  data: Buffer;
  senderHmac: Buffer | undefined;
  shouldPush: bigint;
  kind: GroupMessageKind;
}

/** Field numbers of the two shapes of a welcome, which are the same in what comes and what goes out. */
const WELCOME_SHAPES = { full: 1, pointer: 2 };

interface Welcome {
  shape: number;
  sent: ProtobufMessage;
}

/** What travels: key packages, welcomes into groups, messages in groups. The groups themselves only the clients know. */
export class MlsApi {
  readonly #keyPackages = new Map<string, Buffer>();
  readonly #groupMessages = new TopicLog<GroupMessage>();
  readonly #welcomes = new TopicLog<Welcome>();
  readonly #commitLog = new CommitLogApi(SERVICE);

  readonly methods: GrpcMethods = {
    unary: {
      [`${SERVICE}/UploadKeyPackage`]: (request) => this.#uploadKeyPackage(request),
      [`${SERVICE}/FetchKeyPackages`]: (request) => this.#fetchKeyPackages(request),
      [`${SERVICE}/SendGroupMessages`]: (request) => this.#sendGroupMessages(request),
      [`${SERVICE}/SendWelcomeMessages`]: (request) => this.#sendWelcomes(request),
      [`${SERVICE}/QueryGroupMessages`]: (request) => query(this.#groupMessages, request, writeGroupMessage),
      [`${SERVICE}/QueryWelcomeMessages`]: (request) => query(this.#welcomes, request, writeWelcome),
      [`${SERVICE}/GetNewestGroupMessage`]: (request) => this.#newestGroupMessages(request),
      ...this.#commitLog.methods.unary,
    },
    streams: {
      [`${SERVICE}/SubscribeGroupMessages`]: (request, send) =>
        follow(this.#groupMessages, request, (entry) => send(writeGroupMessage(entry))),
      [`${SERVICE}/SubscribeWelcomeMessages`]: (request, send) =>
        follow(this.#welcomes, request, (entry) => send(writeWelcome(entry))),
    },
  };

  /** Of one conversation, or of all; of one kind, or of any. */
  groupMessageCount(conversationId?: string, kind?: GroupMessageKind): number {
    const topics = conversationId === undefined ? this.#groupMessages.topics : [conversationId];
    const messages = topics.flatMap((topic) => this.#groupMessages.all(topic));
    return messages.filter((message) => kind === undefined || message.fields.kind === kind).length;
  }

  get welcomeCount(): number {
    return this.#welcomes.topics.reduce((count, topic) => count + this.#welcomes.all(topic).length, 0);
  }

  #uploadKeyPackage(request: ProtobufMessage): Uint8Array {
    const keyPackage = request.message(1)?.bytes(1);
    if (keyPackage === undefined) throw new GrpcError('invalidArgument', 'no key package');
    this.#keyPackages.set(topicOf(installationKeyOf(keyPackage)), keyPackage);
    return EMPTY;
  }

  /** One answer for each key in its place, empty where there is none. */
  #fetchKeyPackages(request: ProtobufMessage): Uint8Array {
    const found = request.allBytes(1).map((key) => writeMessage({ 1: this.#keyPackages.get(topicOf(key)) }));
    return writeMessage({ 1: found });
  }

  #sendGroupMessages(request: ProtobufMessage): Uint8Array {
    for (const message of request.messages(1)) {
      const sent = message.message(1);
      const data = sent?.bytes(1);
      if (sent === undefined || data === undefined) throw new GrpcError('invalidArgument', 'invalid group message');
      const { groupId, kind } = readGroupMessage(data);
      const fields = { groupId, data, senderHmac: sent.bytes(2), shouldPush: sent.integer(3), kind };
      this.#groupMessages.append(topicOf(groupId), data, fields);
    }
    return EMPTY;
  }

  #sendWelcomes(request: ProtobufMessage): Uint8Array {
    for (const welcome of request.messages(1)) {
      const shape = welcome.bytes(WELCOME_SHAPES.full) === undefined ? WELCOME_SHAPES.pointer : WELCOME_SHAPES.full;
      const sent = welcome.message(shape);
      const data = sent?.bytes(2);
      if (sent === undefined || data === undefined) throw new GrpcError('invalidArgument', 'invalid welcome message');
      this.#welcomes.append(topicOf(sent.bytes(1)), data, { shape, sent });
    }
    return EMPTY;
  }

  #newestGroupMessages(request: ProtobufMessage): Uint8Array {
    const withContent = request.integer(2) !== 0n;
    const newest = request.allBytes(1).map((groupId) => {
      const entry = this.#groupMessages.all(topicOf(groupId)).at(-1);
      return writeMessage({ 1: entry === undefined ? undefined : writeGroupMessage(entry, withContent) });
    });
    return writeMessage({ 1: newest });
  }
}

/** A group id or an installation key as the name of a topic; also the id under which the client knows the group. */
function topicOf(key: Uint8Array | undefined): string {
  if (key === undefined || key.length === 0) throw new GrpcError('invalidArgument', 'the topic is required');
  return Buffer.from(key).toString('hex');
}

function query<T>(log: TopicLog<T>, request: ProtobufMessage, write: (entry: Entry<T>) => Buffer): Buffer {
  const asked = readPaging(request.message(2));
  const page = log.page(topicOf(request.bytes(1)), asked);
  return writeMessage({ 1: page.map((entry) => write(entry)), 2: writePaging(asked, page) });
}

function follow<T>(log: TopicLog<T>, request: ProtobufMessage, receive: (entry: Entry<T>) => void): () => void {
  const cursors = new Map(request.messages(1).map((filter) => [topicOf(filter.bytes(1)), filter.integer(2)]));
  const stops = [...cursors].map(([topic, cursor]) => log.follow(topic, cursor, receive));
  return () => {
    for (const stop of stops) stop();
  };
}

function writeGroupMessage({ id, createdNs, fields }: Entry<GroupMessage>, withContent = true): Buffer {
  const { groupId, data, senderHmac, shouldPush, kind } = fields;
  const content = withContent ? { 4: data, 5: senderHmac, 6: shouldPush } : {};
  return writeMessage({ 1: writeMessage({ 1: id, 2: createdNs, 3: groupId, ...content, 7: kind === 'commit' }) });
}

/** The fields 1 to 4 of what was sent follow its id and time; the metadata stays at 7. */
function writeWelcome({ id, createdNs, fields: { shape, sent } }: Entry<Welcome>): Buffer {
  return writeMessage({
    [shape]: writeMessage({
      1: id,
      2: createdNs,
      3: sent.bytes(1),
      4: sent.bytes(2),
      5: sent.bytes(3),
      6: sent.integer(4),
      7: sent.bytes(7),
    }),
  });
}
