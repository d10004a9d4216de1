import { errors } from '@guildhall/kernel';
import { isUniqueViolation } from '@guildhall/storage';
import type { Context } from '../context/index.ts';
import type { Conversation, Message } from './conversation-store.ts';
import { writeMessage } from './write.ts';

/** An agent's answer to the message that woke it, in the transaction that ends the run. One run answers once. */
export async function postReply(
  tx: Context,
  conversation: Conversation,
  agent: { id: string; name: string },
  content: string,
  runId: string,
): Promise<Message> {
  try {
    return await writeMessage(tx, conversation, { name: agent.name, kind: 'agent', agentId: agent.id }, content, runId);
  } catch (error) {
    throw isUniqueViolation(error) ? errors.staleFence('run', runId) : error;
  }
}
