import { errors } from '@guildhall/kernel';
import { type Context, inTransaction } from '../context/index.ts';
import { assertPayable, cancelRunsOfTask } from '../runs/index.ts';
import { isReady, moveTask, queueTaskRun, recordTask } from './move.ts';
import { loadTask, type Task, type TaskScope } from './task-store.ts';
import { refuseOthersWords } from './update.ts';

export const DEPENDENCIES_MAX = 50;
/** So many tasks are looked through for one that waits for itself. */
const LOOKED_THROUGH_MAX = 10_000;

/** The tasks that another is to wait for, in an order that two requests lock alike. */
export async function loadDependencies(tx: Context, scope: TaskScope, keys: readonly string[]): Promise<Task[]> {
  const dependencies: Task[] = [];
  for (const key of [...new Set(keys)].sort()) dependencies.push(await loadTask(tx, scope, key, 'tasks:read', 'row'));
  return dependencies;
}

/** Why a task that waits for these will never begin; undefined when it may. */
export function deadAmong(dependencies: readonly Task[]): string | undefined {
  const dead = dependencies.find(({ state }) => state === 'failed' || state === 'cancelled');
  return dead && `Task ${dead.number} "${dead.title}", which this one depends on, is ${dead.state}.`;
}

/**
 * Sets what a task waits for, in the place of what it waited for before; an empty list lets it begin. Only while nobody works on it.
 * Throws `validation_failed` for a task that waits, through others or as their part, for this one.
 */
export async function setDependencies(
  context: Context,
  scope: TaskScope,
  key: string,
  keys: readonly string[],
): Promise<Task> {
  if (keys.length > DEPENDENCIES_MAX)
    throw errors.validationFailed('depends_on', `names more than ${DEPENDENCIES_MAX} tasks`);
  return inTransaction(context, async (tx) => {
    const task = await loadTask(tx, scope, key, 'tasks:write', 'row');
    refuseOthersWords(tx, task);
    if (task.state !== 'queued' && task.state !== 'blocked')
      throw errors.conflict(`Task ${task.number} is ${task.state}: only one that waits can wait for something else.`, {
        state: task.state,
      });
    const dependencies = await loadDependencies(tx, scope, keys);
    await refuseCircle(tx, task, dependencies);
    const parent = await parentOf(tx, task);
    if (parent !== undefined) await refuseWaitingForWhole(tx, parent, dependencies);
    await tx.db.deleteFrom('task_dependencies').where('task_id', '=', task.id).execute();
    if (dependencies.length > 0)
      await tx.db
        .insertInto('task_dependencies')
        .values(dependencies.map(({ id }) => ({ task_id: task.id, depends_on_id: id })))
        .execute();
    // A new round: the run that waits, if there is one, was queued for what the task waited for before.
    await cancelRunsOfTask(tx, task.id);
    const updated = (await tx.db
      .updateTable('tasks')
      .set({ claim_fence: task.claim_fence + 1, updated_at: tx.house.clock.now() })
      .where('id', '=', task.id)
      .returningAll()
      .executeTakeFirstOrThrow()) as Task;
    recordTask(tx, updated, 'task.updated', {
      fields: ['depends_on'],
      depends_on: dependencies.map(({ number }) => number),
    });
    const reason = deadAmong(dependencies);
    if (reason !== undefined && updated.state === 'queued')
      return moveTask(tx, updated, 'block', { blocked_reason: reason }, { reason });
    if (updated.assignee_id !== null && updated.state === 'queued' && (await isReady(tx, updated.id)))
      await assertPayable(tx, { officeId: updated.office_id, agentId: updated.assignee_id, causeKind: 'task' });
    await queueTaskRun(tx, updated);
    return updated;
  });
}

/** What waits for itself, through however many others, would wait for ever. */
async function refuseCircle(tx: Context, task: Task, dependencies: readonly Task[]): Promise<void> {
  const seen = new Set<string>();
  let next = dependencies.map(({ id }) => id);
  while (next.length > 0 && seen.size < LOOKED_THROUGH_MAX) {
    if (next.includes(task.id))
      throw errors.validationFailed('depends_on', `makes a circle: what it names waits for task ${task.number}`);
    for (const id of next) seen.add(id);
    const rows = await tx.db
      .selectFrom('task_dependencies')
      .select('depends_on_id')
      .distinct()
      .where('task_id', 'in', next.slice(0, 500))
      .execute();
    next = [...next.slice(500), ...rows.map(({ depends_on_id }) => depends_on_id)].filter((id) => !seen.has(id));
  }
}

/** The whole waits for its parts: a part that waits for the whole would wait for ever. */
export async function refuseWaitingForWhole(tx: Context, parent: Task, dependencies: readonly Task[]): Promise<void> {
  for (let above: Task | undefined = parent; above !== undefined; above = await parentOf(tx, above)) {
    const { id, number } = above;
    if (dependencies.some((dependency) => dependency.id === id))
      throw errors.validationFailed('dependsOn', `names task ${number}, which this one is a part of`);
  }
}

async function parentOf(tx: Context, task: Task): Promise<Task | undefined> {
  if (task.parent_id === null) return undefined;
  const row = await tx.db.selectFrom('tasks').selectAll().where('id', '=', task.parent_id).executeTakeFirst();
  return row as Task | undefined;
}
