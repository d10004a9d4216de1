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
  from: string;
  text: string;
  group?: { id: string; name: string; members: string[] };
}

export type XmtpTarget = { kind: 'direct'; address: string } | { kind: 'group'; id: string };

const CONSENT = [CONSENT_UNKNOWN, CONSENT_ALLOWED];
const INSTALLATIONS_MAX = 5;
/** How many of the newest messages are looked at for what was missed: first so many, then four times as many, and so on. */
const MISSED_FIRST = 20;
const MISSED_MAX = 20_480;

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
  readonly #end: (reason: Error | undefined) => void;
  #isClosed = false;

  private constructor(library: XmtpLibrary, client: XmtpClient, stream: XmtpStream) {
    this.#library = library;
    this.#client = client;
    this.#stream = stream;
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
      const stream = await client.conversations.streamAllMessages({ consentStates: CONSENT, retryOnFail: false });
      return new XmtpAccount(library, client, stream);
    } catch (error) {
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
      const inbound = this.#isClosed ? undefined : await this.#inbound(message);
      if (inbound !== undefined) await tell(inbound);
    };
    await this.#client.conversations.syncAll(CONSENT);
    for (const conversation of await this.#client.conversations.list({ consentStates: CONSENT }))
      for (const message of await this.#missedOf(conversation, known)) await take(message);
    void this.#hearOn(take);
  }

  /** Oldest first. The library's own filter by the time of arrival lets everything through, so we look back by ourselves. */
  async #missedOf(
    conversation: XmtpConversation,
    known: (ids: readonly string[]) => Promise<ReadonlySet<string>>,
  ): Promise<XmtpMessage[]> {
    for (let limit = MISSED_FIRST; ; limit *= 4) {
      const newest = await conversation.messages({
        limit,
        sortBy: SORT_BY_INSERTED_AT,
        direction: DESCENDING,
        excludeSenderInboxIds: [this.#client.inboxId],
      });
      const before = await known(newest.map(({ id }) => id));
      const last = newest.findIndex(({ id }) => before.has(id));
      if (last !== -1) return newest.slice(0, last).reverse();
      if (newest.length < limit || limit >= MISSED_MAX) return newest.reverse();
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
      this.#end(error instanceof Error ? error : new Error(String(error)));
    }
  }

  async #inbound(message: XmtpMessage): Promise<XmtpInbound | undefined> {
    if (message.senderInboxId === this.#client.inboxId) return undefined;
    const text = textOfMessage(message);
    if (text === undefined || text.trim() === '') return undefined;
    const conversation = await this.#client.conversations.getConversationById(message.conversationId);
    if (conversation === undefined) return undefined;
    const members = await conversation.members();
    const addressOf = (inboxId: string) =>
      members
        .find((member) => member.inboxId === inboxId)
        ?.accountIdentifiers.find(({ identifierKind }) => identifierKind === ETHEREUM)?.identifier;
    const from = addressOf(message.senderInboxId);
    // Who left a group meanwhile, or is known by a passkey only, has no address that could be answered.
    if (from === undefined) return undefined;
    const { name } = conversation;
    if (name === undefined) return { id: message.id, from, text };
    const addresses = members.flatMap(({ inboxId }) => addressOf(inboxId) ?? []);
    return { id: message.id, from, text, group: { id: conversation.id, name, members: addresses } };
  }

  /**
   * Says something. With one `idempotencyKey` it is one message, however often it is sent: it has the same id, by which those who
   * receive it know it. Returns what the network calls it. Throws
   * `XmtpUnreachable` when nobody can be reached there.
   */
  async send(target: XmtpTarget, text: string, idempotencyKey: string): Promise<string> {
    const conversation = await this.#conversationOf(target);
    return conversation.send(this.#library.encodeText(text), { shouldPush: true, idempotencyKey });
  }

  async #conversationOf(target: XmtpTarget): Promise<XmtpConversation> {
    const { conversations } = this.#client;
    if (target.kind === 'group') {
      const group = await conversations.getConversationById(target.id);
      if (group === undefined) throw new XmtpUnreachable('The agent is not in that group.');
      return group;
    }
    const identifier = { identifier: target.address, identifierKind: ETHEREUM };
    const reached = await this.#client.canMessage([identifier]);
    if (reached.get(target.address) !== true)
      throw new XmtpUnreachable(`${target.address} is not on the XMTP network: nobody has signed in with it there.`);
    return conversations.createDmWithIdentifier(identifier);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#stream.end().catch(() => {});
    await this.#client.close?.().catch(() => {});
    this.#end(undefined);
  }
}
