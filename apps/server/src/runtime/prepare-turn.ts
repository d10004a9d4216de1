import type { Turn } from '@guildhall/agent';
import { errors, GuildhallError } from '@guildhall/kernel';
import { loadAgent } from '../domain/agents/index.ts';
import type { Context } from '../domain/context/index.ts';
import { type Conversation, loadConversation } from '../domain/conversations/index.ts';
import type { Run } from '../domain/runs/index.ts';
import { claimTask, loadTask, type Task, type TaskScope } from '../domain/tasks/index.ts';

/** A turn, with what the supervisor needs to bring its outcome home. */
export type Work =
  | { kind: 'message'; turn: Turn; conversation: Conversation }
  | { kind: 'task'; turn: Turn; task: Task; fence: number; scope: TaskScope }
  | { kind: 'review'; turn: Turn; task: Task; scope: TaskScope };

/** Builds the turn for a run; claims its task. Undefined when there is nothing left to do (cancelled, done by somebody else). */
export async function prepareTurn(context: Context, run: Run): Promise<Work | undefined> {
  const row = await loadAgent(context, run.office_id, run.agent_id, 'agents:read');
  const agent = { id: row.id, name: row.name, role: row.role, systemPrompt: row.system_prompt };
  if (run.cause_kind === 'message') {
    const message = await context.db
      .selectFrom('messages')
      .selectAll()
      .where('id', '=', run.cause_id)
      .executeTakeFirst();
    if (message === undefined) return undefined;
    const conversation = await findOwnConversation(context, run.office_id, message.conversation_id);
    if (conversation === undefined) return undefined;
    return {
      kind: 'message',
      conversation,
      turn: { agent, cause: { kind: 'message', from: message.sender, text: message.content } },
    };
  }
  const taskId = run.cause_id.slice(0, run.cause_id.indexOf('/'));
  const scope: TaskScope = { organizationId: run.organization_id, officeId: run.office_id };
  if (run.cause_kind === 'review') return prepareReview(context, agent, scope, taskId);
  if (run.cause_kind !== 'task') throw errors.conflict(`A run has the unknown cause ${run.cause_kind}.`);
  try {
    const { task, fence } = await claimTask(context, scope, taskId, `run:${run.id}`);
    const { number, title, description } = task;
    const cause = {
      kind: 'task' as const,
      number,
      title,
      description,
      verificationType: task.verification_type,
      reviewNotes: task.review_notes,
    };
    return { kind: 'task', scope, task, fence, turn: { agent, cause } };
  } catch (error) {
    const isGone =
      error instanceof GuildhallError &&
      ['not_found', 'invalid_transition', 'conflict', 'stale_fence'].includes(error.code);
    if (isGone) return undefined;
    throw error;
  }
}

/** Undefined when the agent has left it meanwhile. */
async function findOwnConversation(
  context: Context,
  officeId: string,
  conversationId: string,
): Promise<Conversation | undefined> {
  try {
    return await loadConversation(context, officeId, conversationId, 'chat:write');
  } catch (error) {
    if (error instanceof GuildhallError && error.code === 'not_found') return undefined;
    throw error;
  }
}

async function prepareReview(
  context: Context,
  agent: Turn['agent'],
  scope: TaskScope,
  taskId: string,
): Promise<Work | undefined> {
  const task = await loadTask(context, scope, taskId, 'tasks:read');
  if (task.state !== 'review' || task.reviewer_id !== agent.id) return undefined;
  const { number, title, description, evidence } = task;
  return {
    kind: 'review',
    scope,
    task,
    turn: { agent, cause: { kind: 'review', number, title, description, result: task.result ?? '', evidence } },
  };
}
