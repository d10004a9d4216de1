import type { Context } from '../context/index.ts';
import { changeTaskState, heldFence } from './change-state.ts';
import { reportProgress } from './complete.ts';
import { setDependencies } from './dependencies.ts';
import type { Completion } from './evidence.ts';
import { countingRefusals } from './refusals.ts';
import type { TaskState } from './task.ts';
import { loadTask, type Task, type TaskScope } from './task-store.ts';
import { assignTask, type UpdateTaskInput, updateTask } from './update.ts';

export interface TaskChange {
  words?: UpdateTaskInput;
  /** Agent by name, number or id; null for nobody. */
  assignee?: string | null | undefined;
  /** Tasks by id or number that it waits for, in the place of those before. */
  dependsOn?: string[] | undefined;
  to?: TaskState | undefined;
  completion?: Completion | undefined;
  reason?: string | undefined;
  percent?: number | undefined;
  step?: string | null | undefined;
  /** The claim that the caller works under; by default the one that it holds itself. */
  fence?: number | undefined;
}

/** One request may change several things of a task; they are one transaction, so it is all or nothing. */
export async function changeTask(context: Context, scope: TaskScope, key: string, change: TaskChange): Promise<Task> {
  return countingRefusals(context, scope, key, async (tx) => {
    let task = await loadTask(tx, scope, key, 'tasks:write');
    const { words = {}, to, fence } = change;
    if (Object.values(words).some((value) => value !== undefined)) task = await updateTask(tx, scope, task.id, words);
    if (change.dependsOn !== undefined) task = await setDependencies(tx, scope, task.id, change.dependsOn);
    if (change.assignee !== undefined) task = await assignTask(tx, scope, task.id, change.assignee);
    if (to === 'claimed') task = await changeTaskState(tx, scope, task.id, { to, fence });
    if (change.percent !== undefined || change.step !== undefined) {
      const { percent, step } = change;
      task = await reportProgress(tx, scope, task.id, heldFence(tx, task, fence), { percent, step });
    }
    if (to === undefined || to === 'claimed') return task;
    return changeTaskState(tx, scope, task.id, { to, completion: change.completion, reason: change.reason, fence });
  });
}
