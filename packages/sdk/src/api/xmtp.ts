import type { CreateOptions, Transport } from '../transport.ts';
import type {
  CreateGroupRequest,
  PageQuery,
  ReadMark,
  SendMessageAnswer,
  SendXMTPMessageRequest,
  XMTPConversation,
  XMTPGroup,
  XMTPMessage,
} from '../types.ts';
import { officePath } from './office-path.ts';

export class XMTPAPI {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** With `unread`, each says how much of it you have not read. */
  listConversations(
    officeId: string,
    query: { limit?: number; cursor?: string; unread?: boolean } = {},
  ): Promise<XMTPConversation[]> {
    return this.#transport.get(officePath(officeId, 'xmtp', 'conversations'), query);
  }

  /** You have read a conversation or group (by id or agent) up to a message; the newest when none is named. */
  markRead(
    officeId: string,
    conversation: string,
    request: { message_id?: string; as?: string } = {},
  ): Promise<ReadMark> {
    return this.#transport.post(officePath(officeId, 'xmtp', 'conversations', conversation, 'read'), request);
  }

  /** The newest messages of two participants, oldest first. */
  getMessages(officeId: string, agentName: string, peerName: string, query: PageQuery = {}): Promise<XMTPMessage[]> {
    return this.#transport.get(officePath(officeId, 'xmtp', 'messages', agentName, peerName), query);
  }

  send(officeId: string, request: SendXMTPMessageRequest, options?: CreateOptions): Promise<SendMessageAnswer> {
    return this.#transport.create(officePath(officeId, 'xmtp', 'send'), request, options);
  }

  listGroups(officeId: string, query: PageQuery = {}): Promise<XMTPGroup[]> {
    return this.#transport.get(officePath(officeId, 'xmtp', 'groups'), query);
  }

  createGroup(officeId: string, request: CreateGroupRequest, options?: CreateOptions): Promise<XMTPGroup> {
    return this.#transport.create(officePath(officeId, 'xmtp', 'groups'), request, options);
  }

  getGroupMessages(officeId: string, groupId: string, query: PageQuery = {}): Promise<XMTPMessage[]> {
    return this.#transport.get(officePath(officeId, 'xmtp', 'groups', groupId, 'messages'), query);
  }

  sendGroupMessage(
    officeId: string,
    groupId: string,
    request: { agent_id?: string; content: string },
    options?: CreateOptions,
  ): Promise<SendMessageAnswer> {
    return this.#transport.create(officePath(officeId, 'xmtp', 'groups', groupId, 'send'), request, options);
  }

  addMember(officeId: string, groupId: string, agentName: string): Promise<void> {
    return this.#transport.post(officePath(officeId, 'xmtp', 'groups', groupId, 'members'), { agent_name: agentName });
  }

  removeMember(officeId: string, groupId: string, agentName: string): Promise<void> {
    return this.#transport.delete(officePath(officeId, 'xmtp', 'groups', groupId, 'members', agentName));
  }

  renameGroup(officeId: string, groupId: string, name: string): Promise<void> {
    return this.#transport.patch(officePath(officeId, 'xmtp', 'groups', groupId), { name });
  }
}
