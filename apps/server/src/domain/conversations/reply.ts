import { errors } from '@guildhall/kernel';
import { isUniqueViolation } from '@guildhall/storage';
import type { Context } from '../context/index.ts';
import { wakeRunsAwaitingReply } from '../runs/index.ts';
import { type Conversation, listMembers, type Message } from './conversation-store.ts';
import { writeMessage } from './write.ts';

/** An agent's answer to the message that woke it, in the transaction that ends the run. One run answers once; a notice without
 * `runId` is no answer, which may still come. */
export async function postReply(
  tx: Context,
  conversation: Conversation,
  agent: { id: string; name: string },
  content: string,
  runId: string | undefined,
): Promise<Message> {
  try {
    const sender = { name: agent.name, kind: 'agent' as const, agentId: agent.id };
    const message = await writeMessage(tx, conversation, sender, content, { runId });
    const members = await listMembers(tx, conversation.id);
    const others = members.flatMap(({ agent_id }) => (agent_id === null || agent_id === agent.id ? [] : [agent_id]));
    await wakeRunsAwaitingReply(tx, others);
    return message;
  } catch (error) {
    throw runId !== undefined && isUniqueViolation(error) ? errors.staleFence('run', runId) : error;
  }
}
