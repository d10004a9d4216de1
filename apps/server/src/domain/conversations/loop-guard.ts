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

/** Of one who writes from outside: there may be a program behind the address that answers every answer. */
const STRANGER_MAX = 30;

/** Whether somebody outside may wake an agent of ours: thirty times in five minutes, whatever is behind the address. */
export async function mayStrangerWake(tx: Context, conversationId: string, sender: string): Promise<boolean> {
  const newest = await tx.db
    .selectFrom('messages')
    .select('id')
    .where('conversation_id', '=', conversationId)
    .where('sender', '=', sender)
    .where('created_at', '>', tx.house.clock.now() - WINDOW_MS)
    .orderBy('id', 'desc')
    .limit(STRANGER_MAX + 1)
    .execute();
  return newest.length <= STRANGER_MAX;
}
