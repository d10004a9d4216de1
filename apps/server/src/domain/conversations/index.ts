export {
  accountsToDeliver,
  type ChannelDelivery,
  dropDeliveries,
  nextDelivery,
  noteSent,
  noteUnsent,
} from './channel-delivery.ts';
export { type ChatSession, listChatSessions } from './chat-sessions.ts';
export {
  type Conversation,
  findAnswer,
  findDirect,
  findMessage,
  listConversations,
  listMembers,
  listMessages,
  loadConversation,
  type Message,
  openDirect,
  otherIn,
} from './conversation-store.ts';
export { type Delivery, deliveriesOf } from './delivery.ts';
export { addMember, createGroup, loadGroup, removeMember, renameGroup } from './group.ts';
export { concerns, mayHear, readHeard } from './hearing.ts';
export { messagesOfTask } from './messages-of-task.ts';
export { officeGroup, openOfficeGroup } from './office-group.ts';
export { markRead, noteDelivered, noteFetched, type ReadMark, unreadCounts } from './read-marks.ts';
export { type OutsideMessage, pruneReceipts, receivedAmong, receiveMessage, skipMessage } from './receive.ts';
export { postReply } from './reply.ts';
export { type SendMessageInput, type Sent, sendMessage } from './send.ts';
export { isControlFrame } from './session-frames.ts';
export { writeMessage } from './write.ts';
