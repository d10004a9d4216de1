import { errors } from '@guildhall/kernel';
import { loadAgent, loadWorker } from '../agents/index.ts';
import { type Context, inTransaction } from '../context/index.ts';
import { assertPayable, cancelRunsOfTask } from '../runs/index.ts';
import { assertFence } from './claim.ts';
import { isReady, queueTaskRun, recordTask } from './move.ts';
import { taskDescription, taskTitle } from './task.ts';
import { loadTask, type Task, type TaskScope } from './task-store.ts';
import { assertEquipped, tiesOf } from './ties.ts';

export interface UpdateTaskInput {
  title?: string | undefined;
  description?: string | undefined;
  kind?: string | undefined;
  priority?: number | undefined;
}

/** Changes the words of a task, not its state. */
export async function updateTask(
  context: Context,
  scope: TaskScope,
  key: string,
  input: UpdateTaskInput,
): Promise<Task> {
  const title = input.title === undefined ? undefined : taskTitle(input.title);
  const description = input.description === undefined ? undefined : taskDescription(input.description);
  return inTransaction(context, async (tx) => {
    const task = await loadTask(tx, scope, key, 'tasks:write', 'row');
    refuseOthersWords(tx, task);
    const updated = (await tx.db
      .updateTable('tasks')
      .set({
        title: title ?? task.title,
        description: description ?? task.description,
        kind: input.kind ?? task.kind,
        priority: input.priority ?? task.priority,
        updated_at: tx.house.clock.now(),
      })
      .where('id', '=', task.id)
      .returningAll()
      .executeTakeFirstOrThrow()) as Task;
    const fields = Object.entries(input).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    recordTask(tx, updated, 'task.updated', { fields });
    return updated;
  });
}

/** An agent words anew what it filed itself or is to do, and not what is over. */
function refuseOthersWords({ principal }: Context, task: Task): void {
  if (principal.kind !== 'agent') return;
  const isOwn = task.created_by === principal.name || task.assignee_id === principal.agentId;
  if (!isOwn || ['done', 'failed', 'cancelled'].includes(task.state)) throw errors.forbidden('tasks:decide');
}

/** Gives a task that waits to an agent (name, number or id), or to nobody. What is worked on or reviewed stays. */
export async function assignTask(
  context: Context,
  scope: TaskScope,
  key: string,
  assignee: string | null,
): Promise<Task> {
  return inTransaction(context, async (tx) => {
    const task = await loadTask(tx, scope, key, 'tasks:write', 'row');
    if (task.state !== 'queued' && task.state !== 'blocked') {
      throw errors.conflict(
        `Task ${task.number} is ${task.state}: only a task that waits can be given to somebody else.`,
        { state: task.state },
      );
    }
    const agent = assignee === null ? undefined : await loadWorker(tx, task.office_id, assignee, 'tasks:write');
    if (agent !== undefined && agent.id === task.reviewer_id)
      throw errors.validationFailed('assignee', 'reviews this task');
    if ((agent?.id ?? null) === task.assignee_id) return task;
    if (agent !== undefined) {
      const { requiredTools } = (await tiesOf(tx, [task]))(task.id);
      await assertEquipped(tx, agent, { number: task.number, requiredTools });
    }
    await cancelRunsOfTask(tx, task.id);
    const updated = (await tx.db
      .updateTable('tasks')
      .set({ assignee_id: agent?.id ?? null, claim_fence: task.claim_fence + 1, updated_at: tx.house.clock.now() })
      .where('id', '=', task.id)
      .returningAll()
      .executeTakeFirstOrThrow()) as Task;
    recordTask(tx, updated, 'task.assigned', { assignee: agent?.name ?? null });
    if (agent !== undefined && updated.state === 'queued' && (await isReady(tx, updated.id)))
      await assertPayable(tx, { officeId: updated.office_id, agentId: agent.id, causeKind: 'task' });
    await queueTaskRun(tx, updated);
    return updated;
  });
}

/** Whoever works on a task asks a colleague to accept its result. Throws `stale_fence`, `validation_failed` for itself. */
export async function askReview(
  context: Context,
  scope: TaskScope,
  key: string,
  fence: number,
  reviewer: string,
): Promise<Task> {
  return inTransaction(context, async (tx) => {
    const task = await loadTask(tx, scope, key, 'tasks:write', 'row');
    assertFence(task, fence);
    const agent = await loadAgent(tx, task.office_id, reviewer, 'tasks:write');
    if (agent.id === task.assignee_id || agent.id === task.worked_by)
      throw errors.validationFailed('reviewer', 'is the agent that does the work', 'Name another agent.');
    const updated = (await tx.db
      .updateTable('tasks')
      .set({ reviewer_id: agent.id, review_required: true, updated_at: tx.house.clock.now() })
      .where('id', '=', task.id)
      .where('claim_fence', '=', fence)
      .returningAll()
      .executeTakeFirstOrThrow()) as Task;
    recordTask(tx, updated, 'task.updated', { fields: ['reviewer'], reviewer: agent.name });
    return updated;
  });
}

/** Removes a task from every list; its runs are cancelled. Needs the right to decide, which agents do not have. */
export async function deleteTask(context: Context, scope: TaskScope, key: string): Promise<Task> {
  return inTransaction(context, async (tx) => {
    const task = await loadTask(tx, scope, key, 'tasks:decide', 'row');
    const now = tx.house.clock.now();
    await cancelRunsOfTask(tx, task.id);
    const isOpen = !['done', 'failed', 'cancelled'].includes(task.state);
    await tx.db
      .updateTable('tasks')
      .set({
        deleted_at: now,
        updated_at: now,
        claim_fence: task.claim_fence + 1,
        ...(isOpen ? { state: 'cancelled' as const, completed_at: now } : {}),
      })
      .where('id', '=', task.id)
      .execute();
    recordTask(tx, task, 'task.deleted');
    return task;
  });
}
