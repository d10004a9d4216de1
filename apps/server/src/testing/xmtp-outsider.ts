import {
  ETHEREUM,
  ethereumSigner,
  loadXmtp,
  type XmtpClient,
  type XmtpConversation,
  type XmtpLibrary,
  type XmtpMessage,
  type XmtpStream,
} from '@guildhall/connectors/xmtp';
import { newId } from '@guildhall/kernel';
import { eventually, type XmtpNetwork } from '@guildhall/testing';
import { newWallet } from '../domain/channels/wallet.ts';

interface Heard {
  id: string;
  from: string | undefined;
  conversationId: string;
  text: string;
}

/** Somebody with a wallet and the official client, on the same network as the house. */
export class Outsider {
  readonly heard: Heard[] = [];
  readonly address: string;
  readonly #client: XmtpClient;
  readonly #library: Pick<XmtpLibrary, 'encodeText'>;
  #caughtUpAt = Date.now();
  #stream: XmtpStream | undefined;

  private constructor(address: string, client: XmtpClient, library: Pick<XmtpLibrary, 'encodeText'>) {
    this.address = address;
    this.#client = client;
    this.#library = library;
  }

  static async open(network: XmtpNetwork): Promise<Outsider> {
    const library = await loadXmtp(process.env.XMTP_PATH);
    const { address, privateKey } = await newWallet();
    const client = await library.Client.create(ethereumSigner(privateKey, address), {
      env: 'local',
      apiUrl: network.url,
      dbPath: null,
      disableDeviceSync: true,
      historySyncUrl: null,
    });
    const outsider = new Outsider(address, client, library);
    // The network may be gone for good by then: the test is over.
    const onRestart = () => void outsider.#catchUp().catch(() => {});
    outsider.#stream = await client.conversations.streamAllMessages({ retryAttempts: 100, retryDelay: 50, onRestart });
    void outsider.#listen(outsider.#stream);
    return outsider;
  }

  async #listen(stream: XmtpStream): Promise<void> {
    for await (const message of stream) if (message !== undefined) await this.#take(message);
  }

  /** What came while the stream was away, or before it knew of a conversation, never comes by it. */
  async #catchUp(): Promise<void> {
    await this.#client.conversations.syncAll([0, 1]);
    for (const conversation of await this.#client.conversations.list({ consentStates: [0, 1] }))
      for (const message of await conversation.messages({})) await this.#take(message);
  }

  async #take({ id, conversationId, content, senderInboxId }: XmtpMessage): Promise<void> {
    // A message that was sent twice is told twice, and is one by its id.
    if (senderInboxId === this.#client.inboxId || typeof content !== 'string') return;
    const conversation = await this.#client.conversations.getConversationById(conversationId);
    const members = (await conversation?.members()) ?? [];
    const from = members.find(({ inboxId }) => inboxId === senderInboxId)?.accountIdentifiers[0]?.identifier;
    if (!this.heard.some((known) => known.id === id)) this.heard.push({ id, conversationId, text: content, from });
  }

  async say(to: string, text: string): Promise<void> {
    await this.#sayIn(await this.#client.conversations.createDmWithIdentifier(ethereum(to)), text);
  }

  async openGroup(groupName: string, addresses: string[]): Promise<XmtpConversation> {
    return this.#client.conversations.createGroupWithIdentifiers(addresses.map(ethereum), { groupName });
  }

  async sayInGroup(group: XmtpConversation, text: string): Promise<void> {
    await this.#sayIn(group, text);
  }

  async #sayIn(conversation: XmtpConversation, text: string): Promise<void> {
    await conversation.send(this.#library.encodeText(text), { shouldPush: true, idempotencyKey: newId() });
  }

  hears(pattern: RegExp): Promise<Heard> {
    return eventually(
      () => `${pattern} to be heard, among ${JSON.stringify(this.heard.map(({ text }) => text))}`,
      async () => {
        const found = () => this.heard.find(({ text }) => pattern.test(text));
        if (found() === undefined && Date.now() - this.#caughtUpAt > 1_000) {
          await this.#catchUp();
          this.#caughtUpAt = Date.now();
        }
        return found();
      },
    );
  }

  async close(): Promise<void> {
    await this.#stream?.end();
    await this.#client.close?.();
  }
}

const ethereum = (identifier: string) => ({ identifier, identifierKind: ETHEREUM });
