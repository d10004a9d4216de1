import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { officePath } from '../api/office-path.ts';
import type { Transport } from '../transport.ts';
import type { XMTPConversation, XMTPMessage } from '../types.ts';

export interface SessionNegotiation {
  sessionId: string;
  officeId: string;
  agentName: string;
  conversationId: string;
  capabilities?: string[];
  /** ISO 8601. */
  startedAt: string;
}

const SENDER = 'admin-sdk';
const ACK_POLL_MS = 250;
const RECEIVE_LIMIT = 20;

interface ControlFrame {
  type: string;
  session_id?: string;
  capabilities?: string[];
}

function parseControl(content: string): ControlFrame | undefined {
  try {
    const frame: unknown = JSON.parse(content);
    const isControl =
      typeof frame === 'object' && frame !== null && 'type' in frame && String(frame.type).startsWith('__SESSION_');
    return isControl ? (frame as ControlFrame) : undefined;
  } catch {
    return undefined;
  }
}

/** One direct conversation with an agent (seed: mitosis-sdk-reference 6.2). */
export class XMTPSession {
  readonly #transport: Transport;
  readonly officeId: string;
  readonly agentName: string;
  readonly sessionId: string = randomUUID();
  #negotiation: SessionNegotiation | null = null;
  #open = true;
  /** The id of the newest message seen. Ids sort by time, so two messages of one millisecond stay apart. */
  #seen = '';

  constructor(transport: Transport, officeId: string, agentName: string) {
    this.#transport = transport;
    this.officeId = officeId;
    this.agentName = agentName;
  }

  get negotiation(): SessionNegotiation | null {
    return this.#negotiation;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Opens the session. Without an acknowledgement in time it works all the same, with no capabilities known. */
  async negotiate(timeoutMs = 30_000): Promise<SessionNegotiation> {
    const conversations = await this.#transport.get<XMTPConversation[]>(
      officePath(this.officeId, 'xmtp', 'conversations'),
    );
    const known = conversations.find(
      (conversation) => conversation.peer === this.agentName && conversation.members.includes(SENDER),
    );
    const startedAt = new Date().toISOString();
    const negotiation: SessionNegotiation = {
      sessionId: this.sessionId,
      officeId: this.officeId,
      agentName: this.agentName,
      conversationId: known?.id ?? this.agentName,
      startedAt,
    };
    this.#negotiation = negotiation;
    await this.#post(
      JSON.stringify({
        type: '__SESSION_START__',
        session_id: this.sessionId,
        capabilities_request: true,
        timestamp: startedAt,
      }),
    );
    const deadline = Date.now() + timeoutMs;
    do {
      const acknowledgement = (await this.#messages(50))
        .map((message) => ({ message, frame: parseControl(message.content) }))
        .find(({ frame }) => frame?.type === '__SESSION_ACK__' && frame.session_id === this.sessionId);
      if (acknowledgement !== undefined) {
        this.#seen = acknowledgement.message.id;
        this.#negotiation = { ...negotiation, capabilities: acknowledgement.frame?.capabilities ?? [] };
        return this.#negotiation;
      }
      await delay(ACK_POLL_MS);
    } while (Date.now() < deadline);
    this.#negotiation = { ...negotiation, capabilities: [] };
    return this.#negotiation;
  }

  async send(content: string): Promise<void> {
    if (!this.#open) throw new Error('Session is closed');
    if (this.#negotiation === null) throw new Error('Session not negotiated');
    await this.#post(content);
  }

  /** What the agent said since the last call, oldest first, without control frames. */
  async receive(options: { limit?: number } = {}): Promise<XMTPMessage[]> {
    const limit = options.limit ?? RECEIVE_LIMIT;
    let page = await this.#messages(limit);
    const fresh = page.filter((message) => message.id > this.#seen);
    // More was said than one page holds: read on to where the last call ended.
    while (
      page.length === limit &&
      (page[0]?.id ?? '') > this.#seen &&
      this.#transport.lastCursor !== undefined &&
      this.#seen !== ''
    ) {
      page = await this.#messages(limit, this.#transport.lastCursor);
      fresh.unshift(...page.filter((message) => message.id > this.#seen));
    }
    this.#seen = fresh.at(-1)?.id ?? this.#seen;
    return fresh.filter(
      (message) => message.from_agent === this.agentName && parseControl(message.content) === undefined,
    );
  }

  /** Yields what the agent says until the session is closed. */
  async *stream(pollIntervalMs = 2_000): AsyncGenerator<XMTPMessage> {
    while (this.#open) {
      yield* await this.receive();
      if (this.#open) await delay(pollIntervalMs);
    }
  }

  /** Tells the agent that the session is over, if it still can. */
  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    if (this.#negotiation === null) return;
    try {
      await this.#post(
        JSON.stringify({ type: '__SESSION_END__', session_id: this.sessionId, timestamp: new Date().toISOString() }),
      );
    } catch {
      // Best effort: a session ends by itself when nobody speaks.
    }
  }

  #path(): string {
    return officePath(
      this.officeId,
      'xmtp',
      'conversations',
      this.#negotiation?.conversationId ?? this.agentName,
      'messages',
    );
  }

  async #post(content: string): Promise<void> {
    await this.#transport.post(this.#path(), { agent_id: SENDER, content });
  }

  #messages(limit: number, cursor?: string): Promise<XMTPMessage[]> {
    return this.#transport.get<XMTPMessage[]>(this.#path(), { limit, cursor });
  }
}
