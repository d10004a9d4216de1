import type { Context } from '../context/index.ts';

const WINDOW_MS = 5 * 60_000;
const REPLIES_MAX = 3;

/**
 * Whether an agent's message may wake another agent: at most three in five minutes in one conversation, unless a person
 * speaks in between. People are never damped (RELIABILITY 9).
 */
export async function mayWakeAgent(tx: Context, conversationId: string): Promise<boolean> {
  const since = tx.house.clock.now() - WINDOW_MS;
  const recent = await tx.db
    .selectFrom('messages')
    .select('sender_kind')
    .where('conversation_id', '=', conversationId)
    .where('created_at', '>', since)
    .orderBy('id', 'desc')
    .limit(REPLIES_MAX + 1)
    .execute();
  const lastPerson = recent.findIndex((message) => message.sender_kind === 'user');
  const agentMessages = lastPerson === -1 ? recent.length : lastPerson;
  return agentMessages <= REPLIES_MAX;
}
