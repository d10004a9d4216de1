import type { Context } from '../context/index.ts';

const WINDOW_MS = 5 * 60_000;
const REPLIES_MAX = 3;
/** However slowly: after so many messages without a person, a room of agents falls silent. */
const ROOM_MAX = 50;

/**
 * Whether an agent's message may wake another agent: at most three between the two in five minutes, and never more than
 * fifty in the room, unless a person speaks in between. People are never damped (RELIABILITY 9).
 */
export async function mayWakeAgent(
  tx: Context,
  conversationId: string,
  sender: string,
  listener: string,
): Promise<boolean> {
  const newest = await tx.db
    .selectFrom('messages')
    .select(['sender', 'sender_kind', 'created_at'])
    .where('conversation_id', '=', conversationId)
    // Session frames are no talk.
    .where('content', 'not like', '{%"__SESSION_%')
    .orderBy('id', 'desc')
    .limit(ROOM_MAX + 1)
    .execute();
  const lastPerson = newest.findIndex((message) => message.sender_kind === 'user');
  const unbroken = lastPerson === -1 ? newest : newest.slice(0, lastPerson);
  if (unbroken.length > ROOM_MAX) return false;
  const since = tx.house.clock.now() - WINDOW_MS;
  const between = unbroken.filter(
    (message) => message.created_at > since && [sender, listener].includes(message.sender),
  );
  return between.length <= REPLIES_MAX;
}

/** By all who write from outside together: there may be a program behind an address, and addresses cost nothing. */
const OUTSIDE_MAX = 30;

/** Whether somebody outside may wake an agent of ours: thirty times in five minutes, however many they are and wherever they say it. */
export async function mayWakeFromOutside(tx: Context, agentId: string): Promise<boolean> {
  const runs = await tx.db
    .selectFrom('runs')
    .innerJoin('messages', 'messages.id', 'runs.cause_id')
    .innerJoin('conversations', 'conversations.id', 'messages.conversation_id')
    .select('runs.id')
    .where('runs.agent_id', '=', agentId)
    .where('runs.cause_kind', '=', 'message')
    .where('runs.created_at', '>', tx.house.clock.now() - WINDOW_MS)
    .where('conversations.channel', 'is not', null)
    .where('messages.sender_kind', '=', 'user')
    .limit(OUTSIDE_MAX)
    .execute();
  return runs.length < OUTSIDE_MAX;
}

/** Whether a session that somebody outside opens is acknowledged: as often. */
export async function mayAcknowledge(tx: Context, conversationId: string, agent: string): Promise<boolean> {
  const said = await tx.db
    .selectFrom('messages')
    .select('id')
    .where('conversation_id', '=', conversationId)
    .where('sender', '=', agent)
    .where('created_at', '>', tx.house.clock.now() - WINDOW_MS)
    .limit(OUTSIDE_MAX)
    .execute();
  return said.length < OUTSIDE_MAX;
}
