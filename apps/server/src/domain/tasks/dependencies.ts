import { errors } from '@guildhall/kernel';
import { sql } from 'kysely';
import { type Context, inTransaction } from '../context/index.ts';
import { assertPayable, cancelRunsOfTask } from '../runs/index.ts';
import { isReady, moveTask, queueTaskRun, recordTask } from './move.ts';
import { loadTask, type Task, type TaskScope } from './task-store.ts';

export const DEPENDENCIES_MAX = 50;
/** So many tasks are looked through for one that waits for itself. */
const LOOKED_THROUGH_MAX = 10_000;
const LOOKED_AT_ONCE = 500;

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
    await lockDependencies(tx, scope.organizationId);
    const task = await loadTask(tx, scope, key, 'tasks:write', 'row');
    // Whoever is to do it does not take away what it has to wait for.
    if (tx.principal.kind === 'agent' && task.created_by !== tx.principal.name) throw errors.forbidden('tasks:decide');
    if (task.state !== 'queued' && task.state !== 'blocked')
      throw errors.conflict(`Task ${task.number} is ${task.state}: only one that waits can wait for something else.`, {
        state: task.state,
      });
    const dependencies = await loadDependencies(tx, scope, keys);
    await refuseCircle(tx, [task, ...(await wholesOf(tx, task))], dependencies);
    const wasDead = await waitsInVain(tx, task);
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
    if (wasDead && reason === undefined) return moveTask(tx, updated, 'unblock', { blocked_reason: null });
    if (reason !== undefined && updated.state === 'queued')
      return moveTask(tx, updated, 'block', { blocked_reason: reason }, { reason });
    if (updated.assignee_id !== null && updated.state === 'queued' && (await isReady(tx, updated.id)))
      await assertPayable(tx, { officeId: updated.office_id, agentId: updated.assignee_id, causeKind: 'task' });
    await queueTaskRun(tx, updated);
    return updated;
  });
}

/**
 * What waits for itself would wait for ever: through others, and since a whole waits for its parts, through those of what it waits
 * for. `waiting` is the task with all wholes that it is a part of. The caller holds `lockDependencies`.
 */
export async function refuseCircle(
  tx: Context,
  waiting: readonly Pick<Task, 'id' | 'number'>[],
  dependencies: readonly Task[],
): Promise<void> {
  const numbers = new Map(waiting.map(({ id, number }) => [id, number]));
  const seen = new Set<string>();
  let next = dependencies.map(({ id }) => id);
  while (next.length > 0) {
    const itself = next.find((id) => numbers.has(id));
    if (itself !== undefined)
      throw errors.validationFailed('dependsOn', `names what waits, itself, for task ${numbers.get(itself)}`);
    if (seen.size > LOOKED_THROUGH_MAX)
      throw errors.validationFailed('dependsOn', `hangs together with more than ${LOOKED_THROUGH_MAX} tasks`);
    const some = next.slice(0, LOOKED_AT_ONCE);
    for (const id of some) seen.add(id);
    const needed = await tx.db
      .selectFrom('task_dependencies')
      .select('depends_on_id as id')
      .where('task_id', 'in', some)
      .execute();
    const parts = await tx.db
      .selectFrom('tasks')
      .select('id')
      .where('parent_id', 'in', some)
      .where('deleted_at', 'is', null)
      .where('state', 'not in', ['done', 'failed', 'cancelled'])
      .limit(LOOKED_THROUGH_MAX + 1)
      .execute();
    next = [...new Set([...next.slice(LOOKED_AT_ONCE), ...[...needed, ...parts].map(({ id }) => id)])].filter(
      (id) => !seen.has(id),
    );
  }
}

/** Two who each add half of a circle must see each other. One writer has SQLite anyway. */
export async function lockDependencies(tx: Context, organizationId: string): Promise<void> {
  if (tx.house.engine.kind === 'sqlite') return;
  await sql`select pg_advisory_xact_lock(hashtextextended(${`dependencies:${organizationId}`}, 0))`.execute(tx.db);
}

/** The tasks that a task is a part of, the nearest first. */
export async function wholesOf(tx: Context, task: Pick<Task, 'parent_id'>): Promise<Task[]> {
  const wholes: Task[] = [];
  for (let id = task.parent_id; id !== null; id = wholes.at(-1)?.parent_id ?? null) {
    const row = await tx.db.selectFrom('tasks').selectAll().where('id', '=', id).executeTakeFirst();
    if (row === undefined) break;
    wholes.push(row as Task);
  }
  return wholes;
}

/** Whether a task is blocked for nothing but what it waits for. */
async function waitsInVain(tx: Context, task: Task): Promise<boolean> {
  if (task.state !== 'blocked' || task.blocked_reason === null) return false;
  const rows = await tx.db
    .selectFrom('task_dependencies')
    .innerJoin('tasks', 'tasks.id', 'task_dependencies.depends_on_id')
    .selectAll('tasks')
    .where('task_dependencies.task_id', '=', task.id)
    .execute();
  return (rows as Task[]).some((dependency) => deadAmong([dependency]) === task.blocked_reason);
}
