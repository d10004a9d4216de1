import type { Context } from '../context/index.ts';
import type { Message } from './conversation-store.ts';

/** The newest messages that agents sent while they worked on a task, newest first; an agent is shown those it could read. */
export async function messagesOfTask(context: Context, taskId: string, limit: number): Promise<Message[]> {
  let query = context.db
    .selectFrom('messages')
    .selectAll('messages')
    .where('messages.task_id', '=', taskId)
    .orderBy('messages.id', 'desc')
    .limit(limit);
  const { principal } = context;
  if (principal.kind === 'agent' || principal.kind === 'order') {
    const reader = principal.kind === 'agent' ? principal.agentId : '';
    query = query.where(({ exists, selectFrom }) =>
      exists(
        selectFrom('conversation_members')
          .select('participant')
          .whereRef('conversation_members.conversation_id', '=', 'messages.conversation_id')
          .where('conversation_members.agent_id', '=', reader),
      ),
    );
  }
  return query.execute();
}
