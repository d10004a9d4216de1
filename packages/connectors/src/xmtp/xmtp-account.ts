import { ethereumSigner } from './ethereum-signer.ts';
import { XmtpUnreachable } from './xmtp-errors.ts';
import {
  ASCENDING,
  CONSENT_ALLOWED,
  CONSENT_UNKNOWN,
  ETHEREUM,
  loadXmtp,
  SORT_BY_INSERTED_AT,
  type XmtpClient,
  type XmtpConversation,
  type XmtpLibrary,
  type XmtpMessage,
  type XmtpStream,
} from './xmtp-library.ts';
import { textOfMessage } from './xmtp-text.ts';

export interface XmtpAccountOptions {
  address: string;
  /** Hex, 32 bytes each. */
  privateKey: string;
  databaseKey: string;
  /** Where the library keeps its copy of the conversations, encrypted. */
  databasePath: string;
  network: 'production' | 'dev' | 'local';
  /** Where the network answers; by default where the library says. */
  url?: string | undefined;
  /** Where the library was installed; by default beside this project's packages. */
  folder?: string | undefined;
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
/** What is being written into the library's copy while we ask is found by asking a little further back. */
const OVERLAP_MS = 60_000;

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

  /** Connects, and registers the account when the network does not know it. Throws `XmtpUnavailable`, or what the library throws. */
  static async open(options: XmtpAccountOptions): Promise<XmtpAccount> {
    const library = await loadXmtp(options.folder);
    const client = await library.Client.create(ethereumSigner(options.privateKey, options.address), {
      env: options.network,
      ...(options.url === undefined ? {} : { apiUrl: options.url }),
      dbPath: options.databasePath,
      dbEncryptionKey: Buffer.from(options.databaseKey, 'hex'),
      // One of these for each agent of a house: one file is enough for each.
      useSingleConnection: true,
      // The house is the only device of its agents.
      disableDeviceSync: true,
      historySyncUrl: null,
      appVersion: 'guildhall',
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
   * Tells what came since `sinceMs` (by this machine's clock), then what comes, one after the other; returns when the past is told.
   * What `tell` throws ends it: the message is told again by the next one that is opened.
   */
  async hear(sinceMs: number, tell: (message: XmtpInbound) => Promise<void>): Promise<void> {
    const told = new Set<string>();
    const take = async (message: XmtpMessage) => {
      if (this.#isClosed || told.has(message.id)) return;
      const inbound = await this.#inbound(message);
      if (inbound !== undefined) await tell(inbound);
    };
    await this.#client.conversations.syncAll(CONSENT);
    const insertedAfterNs = BigInt(Math.max(0, sinceMs - OVERLAP_MS)) * 1_000_000n;
    for (const conversation of await this.#client.conversations.list({ consentStates: CONSENT })) {
      const missed = await conversation.messages({
        insertedAfterNs,
        sortBy: SORT_BY_INSERTED_AT,
        direction: ASCENDING,
        excludeSenderInboxIds: [this.#client.inboxId],
      });
      for (const message of missed) {
        await take(message);
        told.add(message.id);
      }
    }
    void this.#hearOn(take);
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
   * Says something. `idempotencyKey` makes it once, however often it is tried. Returns what the network calls it. Throws
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
