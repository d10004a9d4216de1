import type { Context } from '../context/index.ts';
import { maySeeFile } from '../drive/index.ts';
import type { Event } from '../events/index.ts';

/** What everybody in an office may know; the rest is told to those whom it is about. */
const OPEN_TYPES = ['task.', 'file.', 'agent.', 'office.', 'group.'];

/** What those who take part in a conversation are told of it. */
const IN_CONVERSATION = ['message.sent', 'message.read', 'message.delivered'];

/**
 * Whether the caller may be told of an event of its office. People and keys may; an agent hears what it did, what is said
 * in the conversations that it takes part in, and what everybody may know.
 */
export async function mayHear(context: Context, event: Event): Promise<boolean> {
  const { principal } = context;
  if (principal.kind !== 'agent' && principal.kind !== 'order') return true;
  if (event.type.startsWith('file.') && !(await maySeeFile(context, event.subject_id))) return false;
  const agentId = principal.kind === 'agent' ? principal.agentId : undefined;
  if (
    (agentId !== undefined && event.agent_id === agentId) ||
    OPEN_TYPES.some((prefix) => event.type.startsWith(prefix))
  )
    return true;
  if (!IN_CONVERSATION.includes(event.type) || agentId === undefined) return false;
  const member = await context.db
    .selectFrom('conversation_members')
    .select('participant')
    .where('conversation_id', '=', event.subject_id)
    .where('agent_id', '=', agentId)
    .executeTakeFirst();
  return member !== undefined;
}

/** Whether somebody takes part in a conversation: an agent by name or id, others by name. */
async function isParticipant(context: Context, conversationId: string, nameOrId: string): Promise<boolean> {
  const member = await context.db
    .selectFrom('conversation_members')
    .select('participant')
    .where('conversation_id', '=', conversationId)
    .where(({ or, eb }) => or([eb('participant', '=', nameOrId), eb('agent_id', '=', nameOrId)]))
    .limit(1)
    .executeTakeFirst();
  return member !== undefined;
}

/** Whether somebody, an agent by name or id, said it or was told it, alone or in a group. */
export async function concerns(context: Context, event: Event, participant: string): Promise<boolean> {
  const { agent_id, data } = event;
  if ([agent_id, data.from, data.to, data.participant].includes(participant)) return true;
  return isParticipant(context, event.subject_id, participant);
}

/** So often at most it is read on for one page: who may hear next to nothing of much is given a short one. */
const READS_MAX = 50;

/**
 * A page of events, newest first, of those that the caller may be told of. It is filled as long as there are some: a page that came out
 * short, or empty, would read as the end.
 */
export async function readHeard(
  context: Context,
  page: { limit: number; beforeSeq?: number | undefined },
  read: (page: { limit: number; beforeSeq?: number | undefined }) => Promise<Event[]>,
): Promise<Event[]> {
  const heard: Event[] = [];
  let { beforeSeq } = page;
  for (let turn = 0; turn < READS_MAX && heard.length < page.limit; turn++) {
    const events = await read({ limit: page.limit, beforeSeq });
    heard.push(...(await heardOf(context, events)));
    if (events.length < page.limit) break;
    beforeSeq = events.at(-1)?.seq;
  }
  return heard.slice(0, page.limit);
}

/** Of these events, in their order, those that the caller may be told of. */
async function heardOf<Told extends Event>(context: Context, events: readonly Told[]): Promise<Told[]> {
  const heard = await Promise.all(events.map((event) => mayHear(context, event)));
  return events.filter((_, index) => heard[index]);
}
