import type { AgentSelf, ModelCredential, PastMessage, Turn } from '@guildhall/agent';
import { clipText, encodeCursor, errors, GuildhallError, type JsonObject } from '@guildhall/kernel';
import { loadAgent } from '../domain/agents/index.ts';
import type { Context } from '../domain/context/index.ts';
import { type Conversation, isControlFrame, listMessages, loadConversation } from '../domain/conversations/index.ts';
import { officeModelKeys } from '../domain/integrations/index.ts';
import { loadOffice } from '../domain/offices/index.ts';
import type { Run } from '../domain/runs/index.ts';
import {
  claimTask,
  evidenceFor,
  listComments,
  loadTask,
  type Task,
  type TaskScope,
  verificationOf,
} from '../domain/tasks/index.ts';

interface WorkPlace {
  turn: Turn;
  /** What the operator set for the office and for the agent. */
  officeSettings: JsonObject;
  agentProfile: JsonObject;
}

/** A turn, with what the supervisor needs to bring its outcome home. */
export type Work = WorkPlace &
  (
    | { kind: 'message'; conversation: Conversation }
    | { kind: 'task'; task: Task; fence: number; scope: TaskScope }
    | { kind: 'review'; task: Task; scope: TaskScope }
  );

const HISTORY_MAX = 40;
const COMMENTS_MAX = 20;
const COMMENT_CHARS = 2_000;

/** Builds the turn for a run; claims its task. Undefined when there is nothing left to do (cancelled, done by somebody else). */
export async function prepareTurn(context: Context, run: Run): Promise<Work | undefined> {
  const row = await loadAgent(context, run.office_id, run.agent_id, 'agents:read');
  const office = await loadOffice(context, run.office_id, 'agents:read');
  const agent: AgentSelf = {
    id: row.id,
    name: row.name,
    role: row.role,
    systemPrompt: row.system_prompt,
    modelTier: row.model_tier,
    modelProvider: row.model_provider,
    officeName: office.name,
  };
  const at = context.house.clock.now();
  const credentials = run.driver === 'reflex' ? [] : await officeCredentials(context, run.office_id);
  const place = { officeSettings: office.settings, agentProfile: row.profile };
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
      ...place,
      kind: 'message',
      conversation,
      turn: {
        agent,
        at,
        credentials,
        cause: {
          kind: 'message',
          from: message.sender,
          text: message.content,
          history: run.driver === 'reflex' ? [] : await historyBefore(context, message, agent.name),
        },
      },
    };
  }
  const taskId = run.cause_id.slice(0, run.cause_id.indexOf('/'));
  const scope: TaskScope = { organizationId: run.organization_id, officeId: run.office_id };
  if (run.cause_kind === 'review')
    return prepareReview(context, { ...place, turn: { agent, at, credentials } }, scope, taskId);
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
      verification: tellVerification(task),
      reviewNotes: task.review_notes,
      comments: await commentsOn(context, task),
    };
    return { ...place, kind: 'task', scope, task, fence, turn: { agent, at, credentials, cause } };
  } catch (error) {
    const isGone =
      error instanceof GuildhallError &&
      ['not_found', 'invalid_transition', 'conflict', 'stale_fence'].includes(error.code);
    if (isGone) return undefined;
    throw error;
  }
}

/** The office's own ways into providers, at the addresses that the operator says. */
async function officeCredentials(context: Context, officeId: string): Promise<ModelCredential[]> {
  const keys = await officeModelKeys(context, officeId);
  return keys.map(({ id, provider, secret }) => ({
    id,
    provider: provider as ModelCredential['provider'],
    secret,
    baseUrl: context.house.modelAddress(provider),
  }));
}

async function commentsOn(context: Context, task: Task): Promise<{ from: string; text: string }[]> {
  const { items } = await listComments(context, task.id, { limit: COMMENTS_MAX });
  return items.reverse().map(({ author, body }) => ({ from: author, text: clipText(body, COMMENT_CHARS) }));
}

function tellVerification(task: Task): string | undefined {
  const verification = verificationOf(task);
  if (verification === undefined) return undefined;
  if (verification.type === 'command')
    return `The house will run this in your folder, and it has to end with 0: ${verification.command}`;
  const { url, status, contains } = verification;
  return `The house will ask ${url}, which has to answer ${status}${contains === undefined ? '' : ` with "${contains}" in it`}.`;
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

/** What was said in the conversation before a message, oldest first, without the frames that only programs read. */
async function historyBefore(
  context: Context,
  message: { id: string; conversation_id: string },
  ownName: string,
): Promise<PastMessage[]> {
  const page = { limit: HISTORY_MAX, cursor: encodeCursor([message.id]) };
  const { items } = await listMessages(context, message.conversation_id, page);
  return items
    .filter(({ content }) => !isControlFrame(content))
    .map(({ sender, content }) => ({ from: sender, isOwn: sender === ownName, text: content }));
}

async function prepareReview(
  context: Context,
  place: Omit<WorkPlace, 'turn'> & { turn: Omit<Turn, 'cause'> },
  scope: TaskScope,
  taskId: string,
): Promise<Work | undefined> {
  const task = await loadTask(context, scope, taskId, 'tasks:read');
  if (task.state !== 'review' || task.reviewer_id !== place.turn.agent.id) return undefined;
  const { number, title, description } = task;
  const evidence = await evidenceFor(context, task);
  return {
    ...place,
    kind: 'review',
    scope,
    task,
    turn: { ...place.turn, cause: { kind: 'review', number, title, description, result: task.result ?? '', evidence } },
  };
}
