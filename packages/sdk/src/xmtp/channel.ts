import type { Transport } from '../transport.ts';
import { type SessionNegotiation, XMTPSession } from './session.ts';

/** Sessions by office and agent: the same pair is always the same session (seed: mitosis-sdk-reference 6.1). */
export class XMTPChannel {
  readonly #transport: Transport;
  readonly #sessions = new Map<string, XMTPSession>();

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async openSession(officeId: string, agentName: string): Promise<XMTPSession> {
    const key = `${officeId}:${agentName}`;
    const known = this.#sessions.get(key);
    if (known?.isOpen === true) return known;
    const session = new XMTPSession(this.#transport, officeId, agentName);
    this.#sessions.set(key, session);
    return session;
  }

  async negotiateSession(officeId: string, agentName: string, timeoutMs?: number): Promise<SessionNegotiation> {
    return (await this.openSession(officeId, agentName)).negotiate(timeoutMs);
  }

  async send(officeId: string, agentName: string, content: string): Promise<void> {
    const session = await this.openSession(officeId, agentName);
    if (session.negotiation === null) await session.negotiate();
    await session.send(content);
  }

  getSession(officeId: string, agentName: string): XMTPSession | undefined {
    return this.#sessions.get(`${officeId}:${agentName}`);
  }

  async closeSession(officeId: string, agentName: string): Promise<void> {
    await this.getSession(officeId, agentName)?.close();
    this.#sessions.delete(`${officeId}:${agentName}`);
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.close()));
    this.#sessions.clear();
  }

  listSessions(): { officeId: string; agentName: string; sessionId: string }[] {
    return [...this.#sessions.values()]
      .filter((session) => session.isOpen && session.negotiation !== null)
      .map(({ officeId, agentName, sessionId }) => ({ officeId, agentName, sessionId }));
  }
}
