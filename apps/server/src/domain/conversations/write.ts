import { clipText, newId, sha256Hex } from '@guildhall/kernel';
import { type Context, record } from '../context/index.ts';
import { queueDelivery } from './channel-delivery.ts';
import type { Conversation, Message } from './conversation-store.ts';
import { moveOwnMark } from './read-marks.ts';
import { isControlFrame } from './session-frames.ts';

const PREVIEW_CHARS = 200;

export interface Sender {
  name: string;
  kind: 'user' | 'agent';
  agentId?: string | undefined;
  /** Lives elsewhere: what it has read, only it can tell. */
  isExternal?: boolean;
}

/**
 * Writes a message, the conversation's preview and the event. `runId` makes a reply unique: one run, one reply; `taskId` is
 * what its agent was working on.
 */
export async function writeMessage(
  tx: Context,
  conversation: Conversation,
  sender: Sender,
  content: string,
  { runId, taskId }: { runId?: string | undefined; taskId?: string | undefined } = {},
): Promise<Message> {
  const now = tx.house.clock.now();
  const message = await tx.db
    .insertInto('messages')
    .values({
      id: newId(),
      conversation_id: conversation.id,
      office_id: conversation.office_id,
      sender: sender.name,
      sender_kind: sender.kind,
      content,
      run_id: runId ?? null,
      task_id: taskId ?? null,
      created_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  const isControl = isControlFrame(content);
  // An agent of the house reads message by message: how far it has come, its runs tell.
  if (!isControl && (sender.kind === 'user' || sender.isExternal === true)) await moveOwnMark(tx, message);
  if (!isControl) {
    await tx.db
      .updateTable('conversations')
      .set({ last_message: clipText(content, PREVIEW_CHARS), last_message_at: now })
      .where('id', '=', conversation.id)
      .execute();
  }
  const told = {
    message_id: message.id,
    conversation_id: conversation.id,
    conversation_kind: conversation.kind,
    ...(conversation.kind === 'group' ? { group_name: conversation.name } : {}),
    from: sender.name,
    from_kind: sender.kind,
    control: isControl,
  };
  record(tx, {
    organizationId: conversation.organization_id,
    officeId: conversation.office_id,
    agentId: sender.agentId,
    type: 'message.sent',
    subjectId: conversation.id,
    data: { ...told, to: counterpart(conversation, sender.name), content },
    // The chain proves what was said without keeping it: a forgotten message is forgotten there too.
    audit: { ...told, content_sha256: sha256Hex(content) },
  });
  if (conversation.channel !== null && sender.agentId !== undefined)
    await queueDelivery(tx, conversation, message, sender.agentId);
  return message;
}

/** Who the other one in a direct conversation is. */
function counterpart(conversation: Conversation, name: string): string | null {
  if (conversation.kind !== 'direct') return null;
  const names = conversation.direct_key?.split('\n');
  return names?.find((other) => other !== name.normalize('NFC')) ?? null;
}
