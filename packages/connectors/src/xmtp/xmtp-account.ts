import { ethereumSigner } from './ethereum-signer.ts';
import { XmtpUnreachable } from './xmtp-errors.ts';
import {
  CONSENT_ALLOWED,
  CONSENT_UNKNOWN,
  DESCENDING,
  ETHEREUM,
  SORT_BY_INSERTED_AT,
  type XmtpClient,
  type XmtpConversation,
  type XmtpIdentifier,
  type XmtpLibrary,
  type XmtpMessage,
  type XmtpStream,
} from './xmtp-library.ts';
import type { XmtpLink } from './xmtp-link.ts';
import { textOfMessage } from './xmtp-text.ts';

export interface XmtpAccountOptions {
  address: string;
  /** Hex, 32 bytes each. */
  privateKey: string;
  databaseKey: string;
  /** Where the library keeps its copy of the conversations, encrypted. */
  databasePath: string;
}

export interface XmtpInbound {
  /** The same each time that the message is told. */
  id: string;
  /** An address; undefined of who has none that could be answered. */
  from: string | undefined;
  /** Undefined for what says nothing: marks, reactions, changes of a group. */
  text: string | undefined;
  /** By the sender's clock. */
  sentAtMs: number;
  group?: { id: string; name: string; members: string[] };
}

export type XmtpTarget = { kind: 'direct'; address: string } | { kind: 'group'; id: string };

const CONSENT = [CONSENT_UNKNOWN, CONSENT_ALLOWED];
const NO_MEMBER = 'The agent is no member of that group.';
const INSTALLATIONS_MAX = 5;
/** How many of the newest messages are looked at for what was missed: first so many, then four times as many, and so on. */
const MISSED_FIRST = 20;
const MISSED_MAX = 20_480;
/** What was said while a conversation began may have been before the library listened to it: we look again, soon and now and then. */
const LOOK_AGAIN_SOON_MS = 2_000;
const LOOK_AGAIN_MS = 30_000;

/**
 * One account on the public XMTP network, through the official library. It is open while it hears; when it hears no more (`ended`),
 * it is closed and opened anew: what came meanwhile is told then.
 */
export class XmtpAccount {
  /** Ends with a reason when nothing is heard any more, and without one after `close`. */
  readonly ended: Promise<Error | undefined>;
  readonly #library: XmtpLibrary;
  readonly #client: XmtpClient;
  readonly #stream: XmtpStream;
  readonly #beginnings: XmtpStream<XmtpConversation>;
  readonly #timers = new Set<NodeJS.Timeout>();
  #looking: Promise<void> | undefined;
  readonly #end: (reason: Error | undefined) => void;
  #isClosed = false;

  private constructor(
    library: XmtpLibrary,
    client: XmtpClient,
    streams: { messages: XmtpStream; beginnings: XmtpStream<XmtpConversation> },
  ) {
    this.#library = library;
    this.#client = client;
    this.#stream = streams.messages;
    this.#beginnings = streams.beginnings;
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    this.ended = promise;
    this.#end = resolve;
  }

  /** Connects, and registers the account when the network does not know it. Throws what the library throws. */
  static async open({ library, backend }: XmtpLink, options: XmtpAccountOptions): Promise<XmtpAccount> {
    const client = await library.Client.create(ethereumSigner(options.privateKey, options.address), {
      backend,
      dbPath: options.databasePath,
      dbEncryptionKey: Buffer.from(options.databaseKey, 'hex'),
      // One of these for each agent of a house: three open files each instead of fifteen, and no threads of their own.
      useSingleConnection: true,
      // The house is the only device of its agents.
      disableDeviceSync: true,
      historySyncUrl: null,
      loggingLevel: 'Off',
    });
    try {
      const { installations } = await client.preferences.inboxState(true);
      // Each lost copy of the conversations leaves one behind, and the network counts them.
      if (installations.length > INSTALLATIONS_MAX) await client.revokeAllOtherInstallations();
      const messages = await client.conversations.streamAllMessages({ consentStates: CONSENT, retryOnFail: false });
      const beginnings = await client.conversations.stream({ retryOnFail: false });
      return new XmtpAccount(library, client, { messages, beginnings });
    } catch (error) {
      // Why it was given up is what counts.
      await client.close?.().catch(() => {});
      throw error;
    }
  }

  /**
   * Tells what was missed since the last message that is `known`, then what comes, one after the other; returns when the past is
   * told. A message may be told twice. What `tell` throws ends it: the message is told again by the next that is opened.
   */
  async hear(
    known: (ids: readonly string[]) => Promise<ReadonlySet<string>>,
    tell: (message: XmtpInbound) => Promise<void>,
  ): Promise<void> {
    const take = async (message: XmtpMessage) => {
      if (this.#isClosed || message.senderInboxId === this.#client.inboxId) return;
      await tell(await this.#inbound(message));
    };
    const look = async () => {
      await this.#client.conversations.syncAll(CONSENT);
      for (const conversation of await this.#client.conversations.list({ consentStates: CONSENT }))
        for (const message of await this.#missedOf(conversation, known)) await take(message);
    };
    await look();
    void this.#hearOn(take);
    void this.#lookAtBeginnings(look);
    this.#every(LOOK_AGAIN_MS, look);
  }

  /** One look at a time. A look that fails ends the account: the next that is opened looks anew. */
  #look(look: () => Promise<void>): void {
    if (this.#isClosed) return;
    this.#looking ??= look()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#looking = undefined;
      });
  }

  #every(ms: number, look: () => Promise<void>): void {
    this.#timers.add(setInterval(() => this.#look(look), ms));
  }

  async #lookAtBeginnings(look: () => Promise<void>): Promise<void> {
    try {
      for await (const _conversation of this.#beginnings) {
        if (this.#isClosed) return;
        const timer = setTimeout(() => {
          this.#timers.delete(timer);
          this.#look(look);
        }, LOOK_AGAIN_SOON_MS);
        this.#timers.add(timer);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#end(error instanceof Error ? error : new Error(String(error)));
  }

  /**
   * Oldest first. The library's own filter by the time of arrival lets everything through, and its order is no promise: we look back
   * by ourselves, until a part holds nothing that is new.
   */
  async #missedOf(
    conversation: XmtpConversation,
    known: (ids: readonly string[]) => Promise<ReadonlySet<string>>,
  ): Promise<XmtpMessage[]> {
    let seen = 0;
    for (let limit = MISSED_FIRST; ; limit *= 4) {
      const newest = await conversation.messages({
        limit,
        sortBy: SORT_BY_INSERTED_AT,
        direction: DESCENDING,
        excludeSenderInboxIds: [this.#client.inboxId],
      });
      const before = await known(newest.map(({ id }) => id));
      const isNothingNew = newest.slice(seen).every(({ id }) => before.has(id));
      if (isNothingNew || newest.length < limit || limit >= MISSED_MAX)
        return newest.filter(({ id }) => !before.has(id)).reverse();
      seen = newest.length;
    }
  }

  async #hearOn(take: (message: XmtpMessage) => Promise<void>): Promise<void> {
    try {
      for await (const message of this.#stream) {
        if (this.#isClosed) break;
        if (message !== undefined) await take(message);
      }
      this.#end(this.#isClosed ? undefined : new Error('the network ended the connection'));
    } catch (error) {
      this.#fail(error);
    }
  }

  async #inbound(message: XmtpMessage): Promise<XmtpInbound> {
    const { id, conversationId, senderInboxId, sentAtNs } = message;
    const text = textOfMessage(message);
    const inbound = { id, sentAtMs: Number(sentAtNs / 1_000_000n), text: text?.trim() === '' ? undefined : text };
    if (inbound.text === undefined) return { ...inbound, from: undefined };
    const conversation = await this.#client.conversations.getConversationById(conversationId);
    const members = (await conversation?.members()) ?? [];
    const addresses = new Map(
      members.map(({ inboxId, accountIdentifiers }) => [inboxId, ethereumAmong(accountIdentifiers)]),
    );
    const from = addresses.get(senderInboxId) ?? (await this.#addressOf(senderInboxId));
    const name = conversation?.name;
    if (name === undefined) return { ...inbound, from };
    const group = { id: conversationId, name, members: [...addresses.values()].flatMap((address) => address ?? []) };
    return { ...inbound, from, group };
  }

  /** Of who has left a group since, or is known by a passkey only. */
  async #addressOf(inboxId: string): Promise<string | undefined> {
    const [state] = await this.#client.preferences.getInboxStates([inboxId]);
    return ethereumAmong(state?.identifiers ?? []);
  }

  /**
   * Says something. With one `idempotencyKey` it is one message, however often it is sent: it has the same id, by which those who
   * receive it know it. Returns what the network calls it. Throws
   * `XmtpUnreachable` when nobody can be reached there.
   */
  async send(target: XmtpTarget, text: string, idempotencyKey: string): Promise<string> {
    const conversation = await this.#conversationOf(target);
    try {
      return await conversation.send(this.#library.encodeText(text), { shouldPush: true, idempotencyKey });
    } catch (error) {
      // Somebody has taken the agent out.
      if (error instanceof Error && /GroupInactive/.test(error.message))
        throw new XmtpUnreachable(NO_MEMBER, { cause: error });
      throw error;
    }
  }

  /**
   * Opens a group with these addresses. `key` goes along with it, unseen by people: tried again under the same key, it is the same group.
   * Returns its id. Throws `XmtpUnreachable` with who is not on the network.
   */
  async openGroup(name: string, addresses: readonly string[], key: string): Promise<string> {
    const { conversations } = this.#client;
    const known = (await conversations.list({ consentStates: CONSENT })).find(({ appData }) => appData === key);
    if (known !== undefined) return known.id;
    const identifiers = addresses.map((identifier) => ({ identifier, identifierKind: ETHEREUM }));
    const reached = await this.#client.canMessage(identifiers);
    const missing = addresses.filter((address) => reached.get(address) !== true);
    if (missing.length > 0)
      throw new XmtpUnreachable(`Not on the XMTP network: ${missing.join(', ')}. The group was not opened.`);
    const group = await conversations.createGroupWithIdentifiers(identifiers, { groupName: name, appData: key });
    return group.id;
  }

  async #conversationOf(target: XmtpTarget): Promise<XmtpConversation> {
    const { conversations } = this.#client;
    if (target.kind === 'group') {
      const group = (await conversations.getConversationById(target.id)) ?? (await this.#justJoined(target.id));
      if (group === undefined || group.isActive === false) throw new XmtpUnreachable(NO_MEMBER);
      return group;
    }
    const identifier = { identifier: target.address, identifierKind: ETHEREUM };
    const reached = await this.#client.canMessage([identifier]);
    if (reached.get(target.address) !== true)
      throw new XmtpUnreachable(`${target.address} is not on the XMTP network: nobody has signed in with it there.`);
    return conversations.createDmWithIdentifier(identifier);
  }

  /** A group whose invitation has not come yet. */
  async #justJoined(groupId: string): Promise<XmtpConversation | undefined> {
    await this.#client.conversations.sync();
    return this.#client.conversations.getConversationById(groupId);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // Both kinds of timers are cleared by either.
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all([this.#stream, this.#beginnings].map((stream) => stream.end().catch(() => {})));
    await this.#looking;
    await this.#client.close?.().catch(() => {});
    this.#end(undefined);
  }
}

function ethereumAmong(identifiers: readonly XmtpIdentifier[]): string | undefined {
  return identifiers.find(({ identifierKind }) => identifierKind === ETHEREUM)?.identifier;
}
