import { decodeCursor, type Page, type PageRequest, pageOf } from '@guildhall/kernel';
import type { Agent } from '../agents/index.ts';
import type { Context } from '../context/index.ts';
import { loadOffice } from '../offices/index.ts';
import type { Conversation } from './conversation-store.ts';

export type ChatSession = Conversation & { messageCount: number };

/** The conversations that an agent takes part in, newest first. The caller has loaded the agent; a colleague sees shared ones only. */
export async function listChatSessions(context: Context, agent: Agent, page: PageRequest): Promise<Page<ChatSession>> {
  await loadOffice(context, agent.office_id, 'chat:read');
  let query = context.db
    .selectFrom('conversations')
    .innerJoin('conversation_members', 'conversation_members.conversation_id', 'conversations.id')
    .selectAll('conversations')
    .where('conversation_members.agent_id', '=', agent.id)
    .orderBy('conversation_members.conversation_id', 'desc')
    .limit(page.limit + 1);
  const { principal } = context;
  if (principal.kind === 'agent' && principal.agentId !== agent.id)
    query = query.where(({ exists, selectFrom }) =>
      exists(
        selectFrom('conversation_members as own')
          .select('own.participant')
          .whereRef('own.conversation_id', '=', 'conversations.id')
          .where('own.agent_id', '=', principal.agentId),
      ),
    );
  if (page.cursor !== undefined)
    query = query.where('conversation_members.conversation_id', '<', decodeCursor(page.cursor, 'string')[0]);
  const rows = await query.execute();
  const counts = await messageCounts(
    context,
    rows.map(({ id }) => id),
  );
  const sessions = rows.map((conversation) => ({ ...conversation, messageCount: counts.get(conversation.id) ?? 0 }));
  return pageOf(sessions, page.limit, ({ id }) => [id]);
}

/** By ids that the database sees when it plans: how long one conversation is says nothing of another. */
async function messageCounts(context: Context, conversationIds: readonly string[]): Promise<Map<string, number>> {
  if (conversationIds.length === 0) return new Map();
  const rows = await context.db
    .selectFrom('messages')
    .select(({ fn }) => ['conversation_id', fn.countAll<number>().as('count')])
    .where('conversation_id', 'in', conversationIds)
    .groupBy('conversation_id')
    .execute();
  return new Map(rows.map(({ conversation_id, count }) => [conversation_id, Number(count)]));
}
